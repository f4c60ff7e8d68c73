package dev.ripcord;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The examples of Go's package `context`, in its order, in Java.
class GoExampleTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    @Nested
    class WithCancel {

        private final Gate stopped = new Gate();

        // @start region="generator"
        SynchronousQueue<Integer> count(Context ctx) {
            SynchronousQueue<Integer> numbers = new SynchronousQueue<>();
            Thread counter = Thread.startVirtualThread(() -> {
                try {
                    for (int n = 1; ; n++) {
                        numbers.put(n);
                    }
                } catch (InterruptedException e) {
                    stopped.open();
                }
            });
            ctx.afterFunc(counter::interrupt);
            return numbers;
        }
        // @end

        @Test
        void stopsAGeneratorThatNobodyNeedsAnyMore() throws InterruptedException {
            List<Integer> taken = new ArrayList<>();

            try (var ctx = root.withCancel()) {
                SynchronousQueue<Integer> numbers = count(ctx);
                while (taken.size() < 5) {
                    taken.add(numbers.poll(10, TimeUnit.SECONDS));
                }
            }

            assertThat(taken).containsExactly(1, 2, 3, 4, 5);
            stopped.await();
        }
    }

    @Nested
    class WithDeadline {

        @Test
        void endsABlockedCallAtAMoment() {
            Deadline deadline =
                    root.withTimeout(Duration.ofMillis(1)).deadline().orElseThrow();

            try (var ctx = root.withDeadline(deadline)) {
                clock.advance(Duration.ofMillis(1));

                assertThatThrownBy(ctx::throwIfDone)
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: 1ms, ");
            }
        }
    }

    @Nested
    class WithTimeout {

        @Test
        void endsABlockedCallAfterATime() throws InterruptedException {
            // @start region="timeout"
            try (var ctx = Context.background().withTimeout(Duration.ofMillis(5))) {
                boolean ended = ctx.done().await(Duration.ofSeconds(10));

                assertThat(ended).isTrue();
                assertThat(ctx.err()).get().isInstanceOf(DeadlineExceededException.class);
            }
            // @end
        }
    }

    @Nested
    class WithValue {

        @Test
        void isFoundByItsKeyAndByNoOther() {
            // @start region="value"
            Key<String> language = Key.of("language", String.class);
            Key<String> color = Key.of("color", String.class);

            Context ctx = Context.background().withValue(language, "Go");

            assertThat(ctx.value(language)).isEqualTo("Go");
            assertThat(ctx.value(color)).isNull();
            // @end
        }
    }

    @Nested
    class AfterFuncCondition {

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final Queue<String> letters = new ArrayDeque<>();

        // @start region="condition"
        /// Waits, with `lock` held, until `ready` or the end of `ctx`.
        void await(Context ctx, BooleanSupplier ready) {
            Registration waking = ctx.afterFunc(() -> {
                lock.lock();
                try {
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            });
            try {
                while (!ready.getAsBoolean()) {
                    ctx.throwIfDone();
                    changed.awaitUninterruptibly();
                }
            } finally {
                waking.stop();
            }
        }
        // @end

        private void awaitLetter(Context ctx) {
            lock.lock();
            try {
                await(ctx, () -> !letters.isEmpty());
            } finally {
                lock.unlock();
            }
        }

        @Test
        void endsAWaitForACondition() {
            var ctx = root.withTimeout(Duration.ofSeconds(1), "letter");
            var waiter = Threads.VIRTUAL.start(
                    () -> assertThatThrownBy(() -> awaitLetter(ctx)).isInstanceOf(DeadlineExceededException.class));
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
            assertThat(lock.isLocked()).isFalse();
        }

        @Test
        void leavesNothingBehindWhenTheConditionHolds() {
            var ctx = root.withTimeout(Duration.ofSeconds(1), "letter");
            letters.add("dear ada");

            awaitLetter(ctx);

            assertThat(clock.armed()).isZero();
        }
    }

    @Nested
    class AfterFuncConnection {

        // @start region="connection"
        /// Reads one byte, or gives up when `ctx` ends; the connection is as before then.
        int read(Context ctx, Socket socket) throws IOException, InterruptedException {
            AtomicBoolean ended = new AtomicBoolean();
            Registration ending = ctx.afterFunc(() -> ended.set(true));
            socket.setSoTimeout(5);
            try {
                while (true) {
                    try {
                        return socket.getInputStream().read();
                    } catch (SocketTimeoutException e) {
                        if (ended.get()) {
                            ctx.throwIfDone();
                        }
                    }
                }
            } finally {
                ending.stopAndAwait(); // so that it does not meet the next read
                socket.setSoTimeout(0);
            }
        }
        // @end

        @Test
        void interruptsAReadAndLeavesTheConnectionUsable() throws Exception {
            try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    var client = new Socket(server.getInetAddress(), server.getLocalPort());
                    var peer = server.accept()) {
                var ctx = root.withCancel();
                var reader = Threads.VIRTUAL.start(
                        () -> assertThatThrownBy(() -> read(ctx, client)).isInstanceOf(CancelledException.class));
                reader.awaitParked();

                ctx.cancel();
                reader.join();

                peer.getOutputStream().write("x".getBytes(UTF_8));
                assertThat(read(root, client)).isEqualTo('x');
            }
        }
    }

    @Nested
    class AfterFuncMerge {

        @Test
        void isAnyOf() {
            // @start region="merge"
            var request = root.withCancel();
            var server = root.withCancel();
            Context merged = Context.anyOf(request, server);

            server.cancel(new IllegalStateException("server stopping"));

            assertThat(merged.cause()).get().asString().contains("server stopping");
            // @end
        }

        /// Go's idiom, which anyOf replaces.
        @Test
        void canBeWrittenByHand() {
            var request = root.withCancel();
            var server = root.withCancel();
            Gate merged = new Gate();

            var ctx = request.withCancel();
            Registration ending = server.afterFunc(() -> {
                ctx.cancel(server.cause().orElseThrow());
                merged.open();
            });
            Exception stopping = new Exception("server stopping");
            server.cancel(stopping);
            merged.await();

            assertThat(ending.stop()).isFalse();
            ContextAssert.assertThat(ctx).isCancelledBecauseOf(stopping);
        }
    }
}
