package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// `-Dripcord.trace=origin`, in a JVM of its own, because the property is read once.
class OriginTest {

    /// What the other JVM runs.
    static final class Program {

        private Program() {}

        public static void main(String[] args) {
            var cancelled = Context.background().withCancel();
            var closed = Context.background().withCancel();
            var late = Context.background().withTimeout(Duration.ZERO);
            giveUp(cancelled);
            closed.close();

            System.out.println("cancelled by " + caller(cancelled));
            System.out.println("closed by " + caller(closed));
            System.out.println("late: " + late.err().orElseThrow().origin());
            System.out.println("child: " + caller(cancelled.withCancel()));
            try {
                cancelled.throwIfDone();
            } catch (CancelledException e) {
                e.printStackTrace(System.out);
            }
        }

        private static void giveUp(CancellableContext scope) {
            scope.cancel(new IOException("client disconnected"));
        }

        private static String caller(Context context) {
            return context.err().orElseThrow().origin().stream()
                    .filter(frame -> frame.getClassName().endsWith("Program"))
                    .findFirst()
                    .map(StackTraceElement::getMethodName)
                    .orElse("nobody");
        }
    }

    @Test
    void theOriginIsTheStackOfTheCallThatEndedTheContext() throws Exception {
        String output = run("-Dripcord.trace=origin");

        assertThat(output)
                .contains("cancelled by giveUp")
                .contains("closed by main")
                .contains("late: []")
                .contains("child: giveUp");
    }

    @Test
    void theOriginIsPrintedWithTheStackTrace() throws Exception {
        String output = run("-Dripcord.trace=origin");

        assertThat(output)
                .containsSubsequence(
                        "dev.ripcord.CancelledException: context cancelled: client disconnected at background.withCancel",
                        "Suppressed: ",
                        "the context was ended here, by thread main",
                        "Program.giveUp(OriginTest.java:",
                        "Caused by: java.io.IOException: client disconnected");
    }

    @Test
    void withoutThePropertyThereIsNone() throws Exception {
        String output = run("-Dripcord.trace=off");

        assertThat(output)
                .contains("cancelled by nobody")
                .contains("closed by nobody")
                .doesNotContain("Suppressed");
    }

    private static String run(String option) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
