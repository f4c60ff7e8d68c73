package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Processes], with processes of a real shell.
@EnabledOnOs({OS.LINUX, OS.MAC})
class ProcessesTest {

    private static final Duration WAIT_DELAY = Duration.ofSeconds(5);
    private static final int KILLED = 128 + 9;
    private static final int TERMINATED = 128 + 15;

    private final ManualClock clock = new ManualClock();
    private final CancellableContext ctx = clock.root().withCancel();
    private final IOException why = new IOException("client disconnected");

    private final List<ProcessHandle> started = new ArrayList<>();

    @AfterEach
    void killAll() {
        started.forEach(ProcessHandle::destroyForcibly);
    }

    /// A shell that runs `script`, and writes `ready` when it is.
    private Process shell(Context context, String script) throws IOException {
        Process process = Processes.start(context, new ProcessBuilder("sh", "-c", script));
        started.add(process.toHandle());
        return process;
    }

    private static String line(Process process) throws IOException {
        return String.valueOf(process.inputReader(UTF_8).readLine());
    }

    /// A process that another one has started, and whose pid it has told.
    private ProcessHandle told(String pid) {
        ProcessHandle handle = ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
        started.add(handle);
        return handle;
    }

    /// Waits until the process has been asked to terminate and the wait delay runs.
    private void untilTerminated() {
        RealTime.await("the wait delay is armed", () -> clock.armed() == 1);
    }

    private void assertGone(ProcessHandle handle) {
        RealTime.await(handle.pid() + " is gone", () -> !handle.isAlive());
    }

    @Nested
    class AProcessThatExits {

        @ParameterizedTest
        @EnumSource
        void hasItsOutputsAndItsCode(Threads threads) throws Exception {
            Process process = shell(ctx, "read name; echo hello $name; echo oh >&2; exit 3");

            threads.start(() -> {
                        process.getOutputStream().write("ada\n".getBytes(UTF_8));
                        process.getOutputStream().close();
                        assertThat(process.getInputStream().readAllBytes())
                                .asString(UTF_8)
                                .isEqualTo("hello ada\n");
                        assertThat(process.getErrorStream().readAllBytes())
                                .asString(UTF_8)
                                .isEqualTo("oh\n");
                        assertThat(process.waitFor()).isEqualTo(3);
                    })
                    .join();

            assertThat(process.exitValue()).isEqualTo(3);
        }

        @Test
        void losesNothingOfALargeOutput() throws Exception {
            Process process = shell(ctx, "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done");

            List<String> lines = process.inputReader(UTF_8).lines().toList();

            assertThat(lines).hasSize(20_000).endsWith("line 19999");
        }

        @Test
        void leavesNothingRegistered() throws Exception {
            Process process = shell(ctx, "read go");
            assertThat(Insides.listeners(ctx)).isEqualTo(1);

            process.getOutputStream().close();
            process.waitFor();

            assertThat(Insides.listeners(ctx)).isZero();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void leavesNothingRegisteredThoughNobodyWaitsForIt() throws Exception {
            shell(ctx, "exit 0");

            RealTime.await("nothing is registered", () -> Insides.listeners(ctx) == 0);
        }

        @Test
        void isNoConcernOfALaterEnd() throws Exception {
            Process process = shell(ctx, "exit 3");
            process.waitFor();

            ctx.cancel();

            assertThat(process.waitFor()).isEqualTo(3);
            assertThat(process.waitFor(1, TimeUnit.SECONDS)).isTrue();
        }

        @Test
        void leavesItsDescendantsAlone() throws Exception {
            Process process = shell(ctx, "sleep 60 >/dev/null 2>&1 & echo $!");
            ProcessHandle child = told(line(process));
            process.waitFor();

            ctx.cancel();

            assertThat(child.isAlive()).isTrue();
        }

        @Test
        void completesOnExitWithItself() throws Exception {
            Process process = shell(ctx, "exit 3");

            assertThat(process.onExit().get(10, TimeUnit.SECONDS)).isSameAs(process);
        }
    }

    @Nested
    class WhenTheContextEnds {

        @ParameterizedTest
        @EnumSource
        void theProcessIsTerminatedAndWaitForThrowsHowItEnded(Threads threads) throws Exception {
            Process process = shell(ctx, "exec sleep 60");
            Threads.Job waiter = threads.start(() -> assertThatThrownBy(process::waitFor)
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why));
            waiter.awaitParked();

            ctx.cancel(why);

            waiter.join();
            assertThat(process.exitValue()).isEqualTo(TERMINATED);
            assertThatThrownBy(() -> process.waitFor(1, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
            assertThat(process.onExit().get(10, TimeUnit.SECONDS)).isSameAs(process);
        }

        @Test
        void waitForThrowsThoughTheProcessExitsWithSuccess() throws Exception {
            Process process = shell(ctx, "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
            assertThat(line(process)).isEqualTo("ready");

            ctx.cancel(why);

            assertThat(line(process)).isEqualTo("bye");
            assertThatThrownBy(process::waitFor)
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);
            assertThat(process.exitValue()).isZero();
        }

        @Test
        void theDeadlineThatPassedIsNamed() throws Exception {
            Process process = shell(ctx.withTimeout(Duration.ofSeconds(2), "conversion"), "exec sleep 60");

            clock.advance(Duration.ofSeconds(2));

            assertThatThrownBy(process::waitFor)
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: conversion 2s, ");
        }

        @Test
        void aProcessThatDoesNotTerminateIsKilledAfterTheWaitDelay() throws Exception {
            Process process = shell(ctx, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
            assertThat(line(process)).isEqualTo("ready");
            ctx.cancel();
            untilTerminated();

            clock.advance(WAIT_DELAY.minusNanos(1));
            assertThat(process.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();

            clock.advance(Duration.ofNanos(1));
            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            assertThat(process.exitValue()).isEqualTo(KILLED);
        }

        @Test
        void aWaitDelayOfZeroKillsAtOnce() throws Exception {
            Process process = Processes.start(
                    ctx, new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; sleep 60"), Duration.ZERO);
            started.add(process.toHandle());
            assertThat(line(process)).isEqualTo("ready");

            ctx.cancel();

            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            assertThat(process.exitValue()).isEqualTo(KILLED);
        }

        @Test
        void itsDescendantsAreTerminated() throws Exception {
            Process process = shell(ctx, "sleep 60 & echo $!; sh -c 'sleep 60 & echo $!; wait' & wait");
            ProcessHandle child = told(line(process));
            ProcessHandle grandchild = told(line(process));

            ctx.cancel();

            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            assertGone(child);
            assertGone(grandchild);
            assertThat(line(process)).as("the output has ended").isEqualTo("null");
        }

        @Test
        void aDescendantThatDoesNotTerminateIsKilledThoughTheProcessHasExited() throws Exception {
            Process process = shell(ctx, "sh -c \"trap '' TERM; echo \\$\\$; while :; do sleep 0.05; done\" & wait");
            ProcessHandle child = told(line(process));
            ctx.cancel();
            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            untilTerminated();
            assertThat(child.isAlive()).isTrue();

            clock.advance(WAIT_DELAY);

            assertGone(child);
        }

        @Test
        void nothingStaysArmedOnceAProcessAloneHasExited() throws Exception {
            Process process = shell(ctx, "exec sleep 60");

            ctx.cancel();

            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            RealTime.await("the wait delay is taken back", () -> clock.armed() == 0);
        }

        @Test
        void itWorksThoughEveryCarrierIsBusy() throws Exception {
            AtomicBoolean busy = new AtomicBoolean(true);
            int carriers = Runtime.getRuntime().availableProcessors();
            Gate spinning = new Gate(carriers);
            List<Threads.Job> spinners = new ArrayList<>();
            Process process = shell(ctx, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
            assertThat(line(process)).isEqualTo("ready");
            for (int i = 0; i < carriers; i++) {
                spinners.add(Threads.VIRTUAL.start(() -> {
                    spinning.open();
                    long start = System.nanoTime();
                    while (busy.get() && System.nanoTime() - start < 8_000_000_000L) {
                        Thread.onSpinWait();
                    }
                }));
            }

            try {
                spinning.await();
                ctx.cancel();
                untilTerminated();
                clock.advance(WAIT_DELAY);
                assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
                assertThat(spinners).noneMatch(spinner -> spinner.task().isDone());
            } finally {
                busy.set(false);
            }

            spinners.forEach(Threads.Job::join);
        }
    }

    /// The orphan's parent exits at once, so it is nobody's descendant. It keeps the output open.
    @Nested
    class AnOrphanThatHoldsTheOutput {

        private static final String ORPHAN = "sh -c 'sleep 60 & echo $!'; ";

        @ParameterizedTest
        @EnumSource
        void holdsNoReaderWhenTheContextHasEnded(Threads threads) throws Exception {
            Process process = shell(ctx, ORPHAN + "exec sleep 60");
            ProcessHandle orphan = told(line(process));
            long reading = reading();
            Threads.Job reader = threads.start(() -> assertThatThrownBy(() -> line(process))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why));
            RealTime.await("somebody reads", () -> reading() > reading);
            reader.awaitParked();
            ctx.cancel(why);
            assertThatThrownBy(process::waitFor).isInstanceOf(CancelledException.class);
            assertThat(reader.task().isDone()).isFalse();

            RealTime.await("the reader's time is over", () -> {
                clock.advance(WAIT_DELAY);
                return reader.task().isDone();
            });

            reader.join();
            assertThat(orphan.isAlive()).as("it escaped").isTrue();
            assertThatThrownBy(() -> process.getInputStream().read()).isInstanceOf(CancelledException.class);
            assertThat(clock.armed()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void holdsNoReaderWhenTheProcessHasExited(Threads threads) throws Exception {
            Process process = shell(ctx, ORPHAN + "read go");
            told(line(process));
            long reading = reading();
            Threads.Job reader = threads.start(() -> assertThatThrownBy(() -> line(process))
                    .isInstanceOf(IOException.class)
                    .hasMessage("output of an exited process still open after PT5S;"
                            + " redirect the output of what it leaves running"));
            RealTime.await("somebody reads", () -> reading() > reading);
            reader.awaitParked();
            process.getOutputStream().close();
            assertThat(process.waitFor()).isEqualTo(1);
            untilTerminated();

            clock.advance(WAIT_DELAY);

            reader.join();
            assertThat(ctx).isLive();
        }

        /// How many threads are in a read. The JDK closes the output of a process that exits before somebody is.
        private static long reading() {
            return Thread.getAllStackTraces().values().stream()
                    .filter(stack -> stack.length > 0 && stack[0].isNativeMethod())
                    .filter(stack -> Arrays.stream(stack)
                            .anyMatch(frame -> frame.getClassName().startsWith(ContextProcess.class.getName())))
                    .count();
        }
    }

    @Nested
    class AReaderOfTheOutput {

        @ParameterizedTest
        @EnumSource
        void isFreedByAClose(Threads threads) throws Exception {
            Process process = shell(ctx, "exec sleep 60");
            InputStream out = process.getInputStream();
            Threads.Job reader = threads.start(() -> assertThatThrownBy(out::read)
                    .isInstanceOf(IOException.class)
                    .hasMessage("stream closed"));
            reader.awaitParked();

            out.close();

            reader.join();
            assertThat(process.isAlive()).isTrue();
        }

        @Test
        void readsBytesOneByOneAndKnowsWhatIsAvailable() throws Exception {
            Process process = shell(ctx, "printf '\\377b'; read go");
            InputStream out = process.getInputStream();

            assertThat(out.read()).isEqualTo(255);
            assertThat(out.available()).isEqualTo(1);
            assertThat(out.read()).isEqualTo('b');
            process.getOutputStream().close();
            assertThat(out.read()).isEqualTo(-1);
        }
    }

    @Nested
    class AContextThatHasEnded {

        @TempDir
        private Path folder;

        @Test
        void startsNothing() throws IOException {
            ctx.cancel(why);

            assertThatThrownBy(() -> shell(ctx, "touch " + folder + "/started"))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);

            assertThat(folder).isEmptyDirectory();
        }
    }

    @Nested
    class OtherThanTheContext {

        @ParameterizedTest
        @EnumSource
        void anInterruptEndsTheWaitAndNotTheProcess(Threads threads) throws Exception {
            Process process = shell(ctx, "exec sleep 60");
            Threads.Job waiter =
                    threads.start(() -> assertThatThrownBy(process::waitFor).isInstanceOf(InterruptedException.class));
            waiter.awaitParked();

            waiter.thread().interrupt();

            waiter.join();
            assertThat(process.isAlive()).isTrue();
        }

        @Test
        void destroyIsTheJdks() throws Exception {
            Process process = shell(ctx, "exec sleep 60");

            process.destroy();

            assertThat(process.waitFor()).isEqualTo(TERMINATED);
            assertThat(process.supportsNormalTermination()).isTrue();
        }

        @Test
        void destroyForciblyIsTheJdks() throws Exception {
            Process process = shell(ctx, "exec sleep 60");

            assertThat(process.destroyForcibly()).isSameAs(process);

            assertThat(process.waitFor()).isEqualTo(KILLED);
        }

        @Test
        void aForeignContextThatCannotBeListenedToLeavesNoProcess() {
            List<ProcessHandle> before = ProcessHandle.current().children().toList();
            Context broken = Context.of(new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    throw new IllegalStateException("broken");
                }
            });

            assertThatThrownBy(() -> shell(broken, "exec sleep 60")).hasMessage("broken");

            RealTime.await(
                    "it is gone", () -> ProcessHandle.current().children().allMatch(before::contains));
        }

        @Test
        void thePidAndTheFamilyAreTheProcesss() throws Exception {
            Process process = shell(ctx, "sleep 60 & echo $!; wait");
            ProcessHandle child = told(line(process));

            assertThat(process.toHandle().pid()).isEqualTo(process.pid());
            assertThat(process.info()).isNotNull();
            assertThat(process.children()).containsExactly(child);
            assertThat(process.descendants()).containsExactly(child);
            assertThat(process.toString())
                    .startsWith("Process[pid=" + process.pid())
                    .endsWith(" of test.withCancel");
        }
    }

    @Nested
    class Races {

        @Test
        void aProcessThatExitsAtTheEndHasEitherExitedOrBeenEnded() throws Exception {
            for (int i = 0; i < 50; i++) {
                CancellableContext scope = clock.root().withCancel();
                Process process = shell(scope, "read go; exit 3");
                CompletableFuture<Integer> code = new CompletableFuture<>();
                Threads.Job waiter = Threads.PLATFORM.start(() -> {
                    try {
                        code.complete(process.waitFor());
                    } catch (CancelledException e) {
                        code.completeExceptionally(e);
                    }
                });

                Threads.Job writer =
                        Threads.PLATFORM.start(() -> process.getOutputStream().close());
                scope.cancel(why);
                writer.join();
                waiter.join();

                try {
                    assertThat(code.get()).isEqualTo(3);
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOf(CancelledException.class)
                            .hasCause(why);
                }
                assertThat(process.isAlive()).isFalse();
            }
        }
    }
}
