package dev.ripcord.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.Select;

/// The page in a real browser, Debian's chromium.
@ExtendWith(RunningShop.Resolver.class)
class PageTest {

    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    private RunningShop shop;
    private ChromeDriver browser;

    @BeforeEach
    void openThePageOf(RunningShop.Shops shops, @TempDir Path profile) {
        boolean required = "1".equals(System.getenv("RIPCORD_REQUIRE_SERVICES"));
        assumeTrue(required || Files.isExecutable(DRIVER), "no chromedriver at " + DRIVER);
        shop = shops.on(Server.TOMCAT);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .build();
        browser = new ChromeDriver(service, options(profile));
        browser.manage().timeouts().implicitlyWait(Duration.ofSeconds(10));
        browser.get(shop.uri().toString());
    }

    private static ChromeOptions options(Path profile) {
        ChromeOptions options = new ChromeOptions();
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=1100,1000",
                "--user-data-dir=" + profile);
        return options;
    }

    @AfterEach
    void closeTheBrowser() {
        if (browser != null) {
            browser.quit();
        }
    }

    @Test
    void anAbortedSearchVanishesAndTheLogTellsWhoEndedIt() throws Exception {
        String traceId = search();
        WebElement statement = browser.findElement(By.xpath("//tbody[@id='running']/tr[td='" + traceId + "']"));
        assertThat(statement.getText()).contains("pg_sleep");
        photograph("running");

        long clicked = System.nanoTime();
        browser.findElement(By.cssSelector("#mine button.abort")).click();
        RunningShop.await("the statement to end", () -> !shop.runs(traceId));

        RunningShop.report("Abort clicked, statement gone", List.of(System.nanoTime() - clicked));
        String line = "//ol[@id='log']/li[span='" + traceId + "']";
        assertThat(browser.findElement(By.xpath(line)).getText())
                .contains("GET /search?q=rope&work=30s", "ended by its client after", "client closed the connection");
        RunningShop.await(
                "the page to show no statement",
                () -> browser.findElement(By.id("count")).getText().equals("0"));
        assertThat(browser.findElement(By.id("mine")).getText()).contains("aborted after");
        photograph("aborted");
    }

    @Test
    void closingTheTabEndsItsStatement() throws Exception {
        List<Long> nanos = new ArrayList<>();
        String watching = browser.getWindowHandle();
        for (int round = 0; round < 3; round++) {
            browser.switchTo().newWindow(WindowType.TAB);
            browser.get(shop.uri().toString());
            String traceId = search();
            RunningShop.await("the statement to run", () -> shop.runs(traceId));

            long closed = System.nanoTime();
            browser.close();
            RunningShop.await("the statement to end", () -> !shop.runs(traceId));

            nanos.add(System.nanoTime() - closed);
            browser.switchTo().window(watching);
            assertThat(shop.logLine(traceId)).startsWith("ended by its client after ");
        }
        RunningShop.report("tab told to close, statement gone", nanos);
    }

    @Test
    void killingTheBrowserEndsItsStatement() throws Exception {
        String traceId = search();
        RunningShop.await("the statement to run", () -> shop.runs(traceId));
        Object pid = browser.getCapabilities().getCapability("goog:processID");

        ProcessHandle.of(Long.parseLong(String.valueOf(pid))).orElseThrow().destroyForcibly();
        long gone = RunningShop.await("the statement to end", () -> !shop.runs(traceId));

        RunningShop.report("browser killed, statement gone", List.of(gone));
        assertThat(shop.logLine(traceId)).startsWith("ended by its client after ");
    }

    @Test
    void aBudgetEndsASearchAndThePageSaysWhich() {
        new Select(browser.findElement(By.id("timeout"))).selectByVisibleText("300ms");
        search();

        RunningShop.await(
                "the answer",
                () -> browser.findElement(By.id("mine")).getText().contains("504: request budget of 300ms exceeded"));
    }

    @Test
    void aSearchThatIsLetAloneShowsWhatItFound() {
        new Select(browser.findElement(By.id("work"))).selectByVisibleText("2s");
        search();

        RunningShop.await(
                "the answer",
                () -> browser.findElement(By.id("mine")).getText().matches("(?s).*found \\d+ after 2\\.\\d s.*"));
    }

    /// Starts a search in the tab that has the focus.
    ///
    /// @return its trace id, which the tab shows
    private String search() {
        browser.findElement(By.id("start")).click();
        return browser.findElement(By.cssSelector("#mine .trace")).getText();
    }

    /// Keeps a picture of the page in `target`, for people.
    private void photograph(String name) throws Exception {
        Files.write(Path.of("target", "page-" + name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    }
}
