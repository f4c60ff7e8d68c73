package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ServerLifetime;
import dev.ripcord.servlet.ContextFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tomcat as it is downloaded, a process of its own, with the two lines that the guide adds to its `server.xml`, our
/// jars in its `lib`, and a web application with our filter in its `web.xml`.
class ServerXmlTest {

    private static final Path GUIDE = Path.of("../../docs/3-guides/1-http-handler.md");

    /// Where the build unpacks it.
    private static final Path HOME = home();

    private static final Pattern PORT = Pattern.compile("Starting ProtocolHandler \\[\"http-nio-auto-1-(\\d+)\"]");

    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    Path base;

    @Test
    void twoLinesEndTheContextOfARequestWhoseClientLeaves() throws Exception {
        configure();
        deploy();
        Process tomcat = start();
        try {
            int port = Integer.parseInt(awaitLine(PORT).group(1));
            try (Client client = Client.plain(port)) {
                client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
                awaitLine(Pattern.compile("slow began"));
            }

            awaitLine(Pattern.compile("slow ended: client closed the connection \\d+ms into GET /slow"));
        } finally {
            tomcat.destroy();
            assertThat(tomcat.waitFor(Exchanges.GUARD.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
        }
    }

    /// Tomcat's own files, with the guide's two lines, on free ports.
    private void configure() throws IOException {
        String guide = Files.readString(GUIDE);
        String protocol = first("<Connector port=\"8080\" (protocol=\"[\\w.]+\")/>", guide);
        String valve = first("(<Valve className=\"[\\w.]+\"/>)", guide);
        Files.createDirectories(base.resolve("conf"));
        try (Stream<Path> files = Files.list(HOME.resolve("conf"))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.resolve("conf").resolve(file.getFileName()));
            }
        }
        Path serverXml = base.resolve("conf/server.xml");
        String engine = "<Engine name=\"Catalina\" defaultHost=\"localhost\">";
        String original = Files.readString(serverXml);
        assertThat(original).contains("<Connector port=\"8080\" protocol=\"HTTP/1.1\"", engine);
        Files.writeString(
                serverXml,
                original.replace("<Connector port=\"8080\" protocol=\"HTTP/1.1\"", "<Connector port=\"0\" " + protocol)
                        .replace(engine, engine + valve)
                        .replace("<Server port=\"8005\"", "<Server port=\"-1\""));
    }

    private void deploy() throws IOException {
        Path lib = Files.createDirectories(base.resolve("lib"));
        for (Class<?> type : List.of(Context.class, ServerLifetime.class, ContextFilter.class, RipcordValve.class)) {
            copyJar(type, lib.resolve(type.getPackageName() + ".jar"));
        }
        Files.createDirectories(base.resolve("logs"));
        Files.createDirectories(base.resolve("temp"));
        Path app = base.resolve("webapps/ROOT/WEB-INF");
        String servlet = SlowServlet.class.getName().replace('.', '/') + ".class";
        Path servletFile = app.resolve("classes").resolve(servlet);
        Files.createDirectories(requireNonNull(servletFile.getParent()));
        Files.copy(locationOf(SlowServlet.class).resolve(servlet), servletFile);
        Files.writeString(app.resolve("web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.1" metadata-complete="true">
                  <filter>
                    <filter-name>ripcord</filter-name>
                    <filter-class>dev.ripcord.servlet.ContextFilter</filter-class>
                    <async-supported>true</async-supported>
                  </filter>
                  <filter-mapping>
                    <filter-name>ripcord</filter-name>
                    <url-pattern>/*</url-pattern>
                  </filter-mapping>
                  <servlet>
                    <servlet-name>slow</servlet-name>
                    <servlet-class>dev.ripcord.tomcat.ServerXmlTest$SlowServlet</servlet-class>
                  </servlet>
                  <servlet-mapping>
                    <servlet-name>slow</servlet-name>
                    <url-pattern>/slow</url-pattern>
                  </servlet-mapping>
                </web-app>
                """);
    }

    private Process start() throws IOException {
        Process tomcat = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-Dcatalina.home=" + HOME,
                        "-Dcatalina.base=" + base,
                        "-Djava.io.tmpdir=" + base.resolve("temp"),
                        "-cp",
                        HOME.resolve("bin/bootstrap.jar")
                                + System.getProperty("path.separator")
                                + HOME.resolve("bin/tomcat-juli.jar"),
                        "org.apache.catalina.startup.Bootstrap",
                        "start")
                .redirectErrorStream(true)
                .start();
        Thread.startVirtualThread(() -> {
            try (BufferedReader lines = tomcat.inputReader()) {
                lines.lines().forEach(output::add);
            } catch (IOException | UncheckedIOException e) {
                output.add(e.toString());
            }
        });
        return tomcat;
    }

    private Matcher awaitLine(Pattern pattern) throws InterruptedException {
        StringBuilder before = new StringBuilder();
        while (true) {
            String line = output.poll(Exchanges.GUARD.toMillis(), TimeUnit.MILLISECONDS);
            if (line == null) {
                throw new AssertionError("no line with " + pattern + ", but:\n" + before);
            }
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
            before.append(line).append('\n');
        }
    }

    /// A module's jar, or one of its classes while it is not packaged.
    private static void copyJar(Class<?> type, Path jar) throws IOException {
        Path location = locationOf(type);
        if (Files.isRegularFile(location)) {
            Files.copy(location, jar);
            return;
        }
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"));
                Stream<Path> files = Files.walk(location)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = zip.getPath("/").resolve(location.relativize(file).toString());
                Files.createDirectories(requireNonNull(target.getParent()));
                Files.copy(file, target);
            }
        }
    }

    private static Path locationOf(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static String first(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + GUIDE).isTrue();
        return matcher.group(1);
    }

    private static Path home() {
        try (Stream<Path> unpacked = Files.list(Path.of("target/tomcat"))) {
            return unpacked.filter(Files::isDirectory).findFirst().orElseThrow().toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Tells when it begins, and what ends its context.
    @SuppressWarnings("serial") // nobody serializes servlets
    public static final class SlowServlet extends HttpServlet {

        /// As the container makes it.
        public SlowServlet() {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            Context ctx = ContextFilter.contextOf(request);
            System.out.println("slow began");
            try {
                ctx.done().await(Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            System.out.println(
                    "slow ended: " + ctx.cause().map(Throwable::getMessage).orElse("not at all"));
        }
    }
}
