package dev.ripcord;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// [Shutdown], most of it in a JVM of its own that is told to stop: [ShutdownApp].
@EnabledOnOs({OS.LINUX, OS.MAC})
class ShutdownTest {

    private final CancellableContext ctx = Context.background().withTimeout(Duration.ofSeconds(60), "test");

    @AfterEach
    void endAll() {
        ctx.close();
    }

    private Process app(String mode, String grace) throws IOException {
        return Processes.start(
                ctx,
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                ShutdownApp.class.getName(),
                                mode,
                                grace)
                        .redirectErrorStream(true));
    }

    private void kill(Process process, String signal) throws Exception {
        Process kill = Processes.start(ctx, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())));
        assertThat(kill.waitFor()).isZero();
    }

    /// Whether this JVM, and so every process that it starts, ignores a signal: in the background of a script it does.
    private static boolean isIgnoredHere(int number) throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> (number - 1) & 1) != 0);
    }

    private static String line(Process process) throws IOException {
        return String.valueOf(process.inputReader(UTF_8).readLine());
    }

    private static String rest(Process process) throws IOException {
        StringBuilder text = new StringBuilder();
        process.inputReader(UTF_8).lines().forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    @Nested
    class ASignal {

        @ParameterizedTest
        @CsvSource({"HUP, 1", "INT, 2", "TERM, 15"})
        void drainsAndLetsTheBlockFinishWhatItHasBegun(String signal, int number) throws Exception {
            assumeThat(isIgnoredHere(number)).as("SIG%s is ignored", signal).isFalse();
            Process app = app("finishes", "PT1H");
            assertThat(line(app)).isEqualTo("ready");

            kill(app, signal);

            assertThat(rest(app)).isEqualTo("""
                    draining: context cancelled: JVM stopping on SIG%s, with a grace of PT1H
                    work: live
                    finally
                    """.formatted(signal));
            assertThat(app.waitFor()).isEqualTo(128 + number);
        }

        @Test
        void cancelsTheWorkAfterTheGrace() throws Exception {
            Process app = app("serves", "PT1S");
            assertThat(line(app)).isEqualTo("ready");

            kill(app, "TERM");

            assertThat(rest(app)).isEqualTo("""
                    stopping
                    work: context cancelled: JVM stopping on SIGTERM, with a grace of PT1S
                    after the grace
                    """);
            assertThat(app.waitFor()).isEqualTo(143);
        }

        @Test
        void isIgnoredTheSecondTime() throws Exception {
            Process app = app("serves", "PT1S");
            assertThat(line(app)).isEqualTo("ready");

            kill(app, "TERM");
            assertThat(line(app)).isEqualTo("stopping");
            kill(app, "TERM");

            assertThat(rest(app)).isEqualTo("""
                    work: context cancelled: JVM stopping on SIGTERM, with a grace of PT1S
                    after the grace
                    """);
            assertThat(app.waitFor()).isEqualTo(143);
        }

        @Test
        void endsTheJvmThoughTheBlockNeverEnds() throws Exception {
            Process app = app("neverCloses", "PT0S");
            assertThat(line(app)).isEqualTo("ready");

            kill(app, "TERM");

            assertThat(rest(app)).isEqualTo("work: context cancelled: JVM stopping on SIGTERM, with a grace of PT0S\n");
            assertThat(app.waitFor()).isEqualTo(143);
        }

        @Test
        void tellsEachOfSeveral() throws Exception {
            Process app = app("opensTwo", "PT0S");
            assertThat(line(app)).isEqualTo("ready");

            kill(app, "TERM");

            assertThat(rest(app)).isEqualTo("""
                    inner work: context cancelled: JVM stopping on SIGTERM, with a grace of PT0S
                    outer work: live
                    outer is closed
                    """);
            assertThat(app.waitFor()).isEqualTo(143);
        }
    }

    @Nested
    class WithoutASignal {

        @Test
        void systemExitByTheThreadThatOpenedItNeitherWaitsNorHangs() throws Exception {
            Process app = app("exitsInside", "PT1H");

            assertThat(rest(app)).isEqualTo("work: context cancelled: JVM stopping, with a grace of PT1H\n");
            assertThat(app.waitFor()).isEqualTo(3);
        }

        @Test
        void systemExitByAnotherThreadDrains() throws Exception {
            Process app = app("exitsElsewhere", "PT1H");

            assertThat(rest(app)).isEqualTo("draining: context cancelled: JVM stopping, with a grace of PT1H\n");
            assertThat(app.waitFor()).isEqualTo(4);
        }

        @Test
        void aProgramThatEndsByItselfIsNotHeld() throws Exception {
            Process app = app("endsByItself", "PT1H");

            assertThat(rest(app)).isEqualTo("""
                    work: live
                    draining: context is already closed; derive a new one from its parent
                    """);
            assertThat(app.waitFor()).isZero();
        }

        @Test
        void oneThatIsOpenedWhenTheJvmStopsIsToldAtOnce() throws Exception {
            Process app = app("opensLate", "PT1H");

            assertThat(rest(app)).isEqualTo("draining: context cancelled: JVM stopping, with a grace of PT1H\n");
            assertThat(app.waitFor()).isZero();
        }
    }

    @Nested
    class Open {

        @Test
        void isLiveUntilItIsClosed() {
            Shutdown shutdown = Shutdown.open();
            Context work = shutdown.context();
            Context draining = shutdown.draining();

            ContextAssert.assertThat(work).isLive();
            ContextAssert.assertThat(draining).isLive();
            assertThat(shutdown).hasToString("Shutdown(grace PT5S) open");

            shutdown.close();
            shutdown.close();

            ContextAssert.assertThat(work).isCancelled();
            ContextAssert.assertThat(draining).isCancelled();
            assertThat(shutdown).hasToString("Shutdown(grace PT5S) closed");
        }

        @Test
        void r7HandsOutContextsThatCannotBeCancelled() {
            try (Shutdown shutdown = Shutdown.open()) {
                assertThat(shutdown.context()).isNotInstanceOf(CancellableContext.class);
                assertThat(shutdown.draining()).isNotInstanceOf(CancellableContext.class);
            }
        }

        @ParameterizedTest
        @EnumSource
        void mayBeClosedByAnyThread(Threads threads) {
            Shutdown shutdown = Shutdown.open();

            threads.start(shutdown::close).join();

            ContextAssert.assertThat(shutdown.context()).isCancelled();
        }
    }

    @Nested
    class ItsCause {

        @Test
        void tellsTheSignalAndTheGrace() {
            ShutdownException why = new ShutdownException("SIGTERM", Duration.ofSeconds(5));

            assertThat(why.signal()).contains("SIGTERM");
            assertThat(why.grace()).isEqualTo(Duration.ofSeconds(5));
            assertThat(why.getStackTrace()).isEmpty();
        }

        @Test
        void tellsNoSignalIfThereWasNone() {
            assertThat(new ShutdownException(null, Duration.ZERO).signal()).isEmpty();
        }

        @Test
        void aGraceBelowZeroIsAMistake() {
            assertThatThrownBy(() -> Shutdown.open(Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("grace < 0: PT-1S");
        }
    }
}
