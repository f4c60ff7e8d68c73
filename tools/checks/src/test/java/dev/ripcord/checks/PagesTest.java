package dev.ripcord.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.bugpatterns.BugChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each check has a page, and the page tells the truth about what can be told from outside.
class PagesTest {

    private static final Path PAGES = Path.of("../../docs/checks");

    static List<Class<? extends BugChecker>> checks() {
        return Checks.all();
    }

    @ParameterizedTest
    @MethodSource("checks")
    void aPageTellsSeverityExamplesAndHowToSuppress(Class<? extends BugChecker> check) throws Exception {
        BugChecker checker = check.getConstructor().newInstance();
        String name = checker.canonicalName();

        String page = Files.readString(PAGES.resolve(name + ".md"));

        assertThat(page)
                .startsWith("# " + name + "\n")
                .contains("Severity: " + severity(checker) + ".")
                .contains("## Why", name + "Cases.java#bad", name + "Cases.java#good", "**Suggested fix**")
                .contains("@SuppressWarnings(\"" + name + "\")", "-Xep:" + name + ":OFF");
    }

    @ParameterizedTest
    @MethodSource("checks")
    void theIndexNamesItWithItsSeverity(Class<? extends BugChecker> check) throws Exception {
        BugChecker checker = check.getConstructor().newInstance();
        String name = checker.canonicalName();

        List<String> rows = Files.readAllLines(PAGES.resolve("README.md"));

        assertThat(rows)
                .filteredOn(row -> row.startsWith("| [%s](%s.md) ".formatted(name, name)))
                .singleElement()
                .satisfies(row -> assertThat(row).contains("| " + severity(checker) + " |"));
    }

    @ParameterizedTest
    @MethodSource("checks")
    void aFindingLinksToItsPage(Class<? extends BugChecker> check) throws Exception {
        BugChecker checker = check.getConstructor().newInstance();

        assertThat(checker.linkUrl()).isEqualTo("https://ripcord.dev/checks/" + checker.canonicalName());
    }

    @Test
    void everyClassOfACheckIsFoundByErrorProne() throws IOException {
        try (var sources = Files.list(Path.of("src/main/java/dev/ripcord/checks"))) {
            assertThat(sources.filter(PagesTest::isCheck)
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(checks().stream()
                            .map(type -> type.getSimpleName() + ".java")
                            .toList());
        }
    }

    private static boolean isCheck(Path file) {
        try {
            return Files.readString(file).contains("@BugPattern(");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String severity(BugChecker checker) {
        return checker.defaultSeverity().name().toLowerCase(Locale.ROOT);
    }
}
