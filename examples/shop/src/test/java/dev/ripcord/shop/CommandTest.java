package dev.ripcord.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The command as a process of its own, from the jar that `./shop` starts.
class CommandTest {

    private static final Path JAR = Path.of("target", "ripcord-shop.jar");

    @TempDir
    Path folder;

    @BeforeEach
    void theJarIsBuilt() {
        assertThat(JAR).as("built by: mvn package -DskipTests").exists();
    }

    @Nested
    class EndsAtOnce {

        @Test
        void withItsOptionsWhenAskedForThem() throws Exception {
            Ended ended = run("--help");

            assertThat(ended.code()).isZero();
            assertThat(ended.out())
                    .contains(
                            "Usage: ./shop",
                            "--port",
                            "--server",
                            "--database",
                            "--products",
                            "--users-latency",
                            "--drain");
            assertThat(ended.err()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                --port=abc        | shop: Invalid value for option '--port': 'abc' is not a number from 0 to 65535
                --port=65536      | shop: Invalid value for option '--port': '65536' is not a number from 0 to 65535
                --products=0      | shop: Invalid value for option '--products': '0' is not a number from 1 to 10000000
                --drain=soon      | shop: Invalid value for option '--drain': 'soon' is not a duration such as 300ms or 2s
                --server=netty    | shop: Invalid value for option '--server': 'netty' is none of tomcat, jetty, helidon
                --colour          | shop: Unknown option: '--colour'
                """)
        void withOneLineAboutAnOptionThatIsWrong(String option, String message) throws Exception {
            assertThat(run(option)).isEqualTo(new Ended(2, "", message + "; ./shop --help lists the options\n"));
        }

        @Test
        void withOneLineAboutAPortThatIsTaken() throws Exception {
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Ended ended = run("--port=" + taken.getLocalPort());

                assertThat(ended)
                        .isEqualTo(new Ended(
                                2,
                                "",
                                "shop: --port: port " + taken.getLocalPort()
                                        + " is taken or not allowed; choose another one, or 0 for any free one\n"));
            }
        }

        @Test
        void withOneLineAboutADatabaseThatDoesNotAnswer() throws Exception {
            int free;
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                free = socket.getLocalPort();
            }

            Ended ended =
                    run("--port=0", "--database=jdbc:postgresql://localhost:" + free + "/x?user=u&password=secret");

            assertThat(ended.code()).isEqualTo(2);
            assertThat(ended.err())
                    .startsWith("shop: --database: jdbc:postgresql://localhost:" + free + "/x does not answer: ")
                    .hasLineCount(1)
                    .doesNotContain("secret");
        }

        @Test
        void withOneLineAboutADatabaseOfAnotherKind() throws Exception {
            assertThat(run("--port=0", "--database=jdbc:mysql://localhost/x"))
                    .isEqualTo(new Ended(
                            2,
                            "",
                            "shop: --database: 'jdbc:mysql://localhost/x' is not a URL such as"
                                    + " jdbc:postgresql://localhost/shop\n"));
        }

        private Ended run(String... options) throws IOException, InterruptedException {
            Path out = folder.resolve("out");
            Path err = folder.resolve("err");
            Process process = new ProcessBuilder(command(options))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
                return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                process.destroyForcibly();
            }
        }

        record Ended(int code, String out, String err) {}
    }

    @Nested
    class ToldToStop {

        private final HttpClient http = HttpClient.newHttpClient();
        private final List<Process> started = new ArrayList<>();

        @AfterEach
        void stopAll() {
            started.forEach(Process::destroyForcibly);
        }

        @ParameterizedTest
        @EnumSource(Server.class)
        void letsWhatEndsSoonEndAndCancelsTheRest(Server server) throws Exception {
            Path log = folder.resolve("log");
            Process shop = start(log, "--server=" + server, "--port=0", "--products=1000", "--drain=4s");
            URI uri = ready(shop, log);
            CompletableFuture<HttpResponse<String>> late = search(uri, "late", "60s");
            awaitStatement(uri, "late");
            CompletableFuture<HttpResponse<String>> soon = search(uri, "soon", "2s");
            awaitStatement(uri, "soon");

            shop.destroy();

            assertThat(soon.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            assertThat(late.get(10, TimeUnit.SECONDS).body()).isEqualTo("""
                    {
                      "status" : 503,
                      "error" : "cancelled",
                      "message" : "server stopping, after a grace of PT4S",
                      "traceId" : "late"
                    }
                    """);
            assertThat(shop.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(shop.exitValue()).isEqualTo(128 + 15);
            assertThat(Files.readString(log))
                    .contains("stopping", "ended by the server after", "shop has stopped, 1 requests cancelled");
            assertNothingIsLeft();
        }

        @Test
        void stopsWhileItStarts() throws Exception {
            Path log = folder.resolve("log");
            Process shop = start(log, "--port=0", "--products=10000000");
            awaitLine(shop, log, "of 10,000,000 products");

            shop.destroy();

            assertThat(shop.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(log)).doesNotContain("ready", "Exception");
            assertNothingIsLeft();
        }

        /// The embedded database keeps its data in the temporary folder, and its processes name it.
        private void assertNothingIsLeft() throws IOException {
            assertThat(ProcessHandle.allProcesses()
                            .filter(process ->
                                    process.info().commandLine().orElse("").contains(folder.toString())))
                    .isEmpty();
            try (var files = Files.list(folder)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .noneMatch(name -> name.startsWith("ripcord-shop"));
            }
        }

        private Process start(Path log, String... options) throws IOException {
            Process process = new ProcessBuilder(command(options))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            started.add(process);
            return process;
        }

        private URI ready(Process shop, Path log) {
            return URI.create(awaitLine(shop, log, "ready: ").substring("ready: ".length()));
        }

        private String awaitLine(Process shop, Path log, String part) {
            return RunningShop.awaitPresent("'" + part + "' in " + log, Duration.ofSeconds(60), () -> {
                assertThat(shop.isAlive()).as(() -> read(log)).isTrue();
                return read(log).lines().filter(line -> line.contains(part)).findFirst();
            });
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        private CompletableFuture<HttpResponse<String>> search(URI uri, String traceId, String work) {
            HttpRequest request = HttpRequest.newBuilder(uri.resolve("/search?q=a&work=" + work))
                    .header("X-Trace-Id", traceId)
                    .build();
            return http.sendAsync(request, BodyHandlers.ofString());
        }

        private void awaitStatement(URI uri, String traceId) {
            HttpRequest request = HttpRequest.newBuilder(uri.resolve("/active")).build();
            RunningShop.await("the statement of " + traceId, () -> {
                try {
                    return http.send(request, BodyHandlers.ofString()).body().contains('"' + traceId + '"');
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-jar",
                JAR.toString()));
        command.addAll(List.of(options));
        return command;
    }
}
