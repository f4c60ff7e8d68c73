package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// [Blocking]: what all its methods have in common, and then what each has of its own.
class BlockingTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final CancellableContext scope = root.withCancel();

    /// A call that waits until it is satisfied.
    record Wait(Call call, Runnable satisfy) {

        interface Call {
            void under(Context ctx) throws Exception;
        }
    }

    /// A method of [Blocking].
    enum Method {
        SLEEP {
            @Override
            Wait prepare(ManualClock clock) {
                return new Wait(ctx -> Blocking.sleep(ctx, MINUTE), () -> clock.advance(MINUTE));
            }
        },
        TAKE {
            @Override
            Wait prepare(ManualClock clock) {
                BlockingQueue<String> queue = new LinkedBlockingQueue<>();
                return new Wait(ctx -> assertThat(Blocking.take(ctx, queue)).isEqualTo("a"), () -> queue.add("a"));
            }
        },
        TAKE_FROM_ANOTHER_LIBRARY {
            @Override
            Wait prepare(ManualClock clock) {
                BlockingQueue<String> queue = new PriorityBlockingQueue<>(1, Comparator.naturalOrder()) {};
                return new Wait(ctx -> assertThat(Blocking.take(ctx, queue)).isEqualTo("a"), () -> queue.add("a"));
            }
        },
        PUT {
            @Override
            Wait prepare(ManualClock clock) {
                BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
                queue.add("a");
                return new Wait(ctx -> Blocking.put(ctx, queue, "b"), queue::poll);
            }
        },
        LOCK {
            @Override
            Wait prepare(ManualClock clock) {
                ReentrantLock lock = new ReentrantLock();
                lock.lock();
                return new Wait(
                        ctx -> {
                            try {
                                Blocking.lock(ctx, lock);
                            } finally {
                                if (lock.isHeldByCurrentThread()) {
                                    lock.unlock();
                                }
                            }
                        },
                        lock::unlock);
            }
        },
        ACQUIRE {
            @Override
            Wait prepare(ManualClock clock) {
                Semaphore semaphore = new Semaphore(0);
                return new Wait(ctx -> Blocking.acquire(ctx, semaphore), semaphore::release);
            }
        },
        ACQUIRE_SEVERAL {
            @Override
            Wait prepare(ManualClock clock) {
                Semaphore semaphore = new Semaphore(1);
                return new Wait(ctx -> Blocking.acquire(ctx, semaphore, 3), () -> semaphore.release(2));
            }
        },
        AWAIT_CONDITION {
            @Override
            Wait prepare(ManualClock clock) {
                ReentrantLock lock = new ReentrantLock();
                Condition condition = lock.newCondition();
                return new Wait(
                        ctx -> {
                            lock.lock();
                            try {
                                Blocking.await(ctx, condition);
                            } finally {
                                lock.unlock(); // throws if it is not held
                            }
                        },
                        () -> {
                            lock.lock();
                            try {
                                condition.signal();
                            } finally {
                                lock.unlock();
                            }
                        });
            }
        },
        AWAIT_LATCH {
            @Override
            Wait prepare(ManualClock clock) {
                CountDownLatch latch = new CountDownLatch(1);
                return new Wait(ctx -> Blocking.await(ctx, latch), latch::countDown);
            }
        },
        AWAIT_STAGE {
            @Override
            Wait prepare(ManualClock clock) {
                CompletableFuture<String> stage = new CompletableFuture<>();
                return new Wait(
                        ctx -> assertThat(Blocking.<String>await(ctx, stage)).isEqualTo("a"),
                        () -> stage.complete("a"));
            }
        },
        JOIN {
            @Override
            Wait prepare(ManualClock clock) {
                Gate end = new Gate();
                Threads.Job job = Threads.VIRTUAL.start(end::await);
                return new Wait(ctx -> Blocking.join(ctx, job.thread()), () -> {
                    end.open();
                    job.join();
                });
            }
        },
        INTERRUPTIBLE {
            @Override
            Wait prepare(ManualClock clock) {
                BlockingQueue<String> queue = new LinkedBlockingQueue<>();
                return new Wait(
                        ctx -> assertThat(Blocking.<String, InterruptedException>interruptible(ctx, queue::take))
                                .isEqualTo("a"),
                        () -> queue.add("a"));
            }
        };

        abstract Wait prepare(ManualClock clock);
    }

    private static Stream<Arguments> methodsAndThreads() {
        return Arrays.stream(Method.values())
                .flatMap(method -> Arrays.stream(Threads.values()).map(threads -> Arguments.of(method, threads)));
    }

    private void assertNothingIsLeft() {
        assertThat(Insides.listeners(scope)).isZero();
        assertThat(Insides.isAttachedStrongly(scope)).isFalse();
        assertThat(clock.armed()).isZero();
    }

    private static void assertNoInterruptIsLeft() {
        assertThat(Thread.interrupted()).as("interrupted").isFalse();
    }

    @Nested
    class EachMethod {

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void r8ThrowsAtOnceIfTheContextHasEndedEvenIfItNeedNotWait(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            if (method != Method.SLEEP) {
                wait.satisfy().run();
            }
            scope.cancel();

            threads.start(() -> {
                        for (int i = 0; i < 2; i++) {
                            assertThatThrownBy(() -> wait.call().under(scope))
                                    .isInstanceOf(CancelledException.class)
                                    .hasMessage("context cancelled at test.withCancel")
                                    .hasNoSuppressedExceptions();
                            assertNoInterruptIsLeft();
                        }
                    })
                    .join();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void throwsWhenTheContextIsCancelled(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            Exception gone = new IOException("client is gone");
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> wait.call().under(scope.withCancel()))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("context cancelled: client is gone at test.withCancel.withCancel")
                        .hasCause(gone);
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            scope.cancel(gone);

            waiter.join();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void throwsWhenTheDeadlinePasses(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> wait.call().under(scope.withTimeout(Duration.ofSeconds(1), "lookup")))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: lookup 1s, 0µs over at test.withCancel");
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void returnsWhenItIsSatisfied(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            var waiter = threads.start(() -> {
                wait.call().under(scope);
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            wait.satisfy().run();

            waiter.join();
            assertThat(scope).isLive();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void waitsUnderAContextThatNeverEnds(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            var waiter = threads.start(() -> wait.call().under(root));
            waiter.awaitParked();

            wait.satisfy().run();

            waiter.join();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void passesOnAnInterruptBySomebodyElse(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> wait.call().under(scope))
                        .isInstanceOf(InterruptedException.class)
                        .hasNoSuppressedExceptions();
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            waiter.thread().interrupt();

            waiter.join();
            assertThat(scope).isLive();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void passesOnAnInterruptThatCameBefore(Method method, Threads threads) {
            Wait wait = method.prepare(clock);

            threads.start(() -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(() -> wait.call().under(scope)).isInstanceOf(InterruptedException.class);
                        assertNoInterruptIsLeft();
                    })
                    .join();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.BlockingTest#methodsAndThreads")
        void leavesAnInterruptBySomebodyElsePendingIfTheContextHasEnded(Method method, Threads threads) {
            Wait wait = method.prepare(clock);
            scope.cancel();

            threads.start(() -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(() -> wait.call().under(scope)).isInstanceOf(CancelledException.class);
                        assertThat(Thread.interrupted()).isTrue();
                    })
                    .join();
        }
    }

    @Nested
    class Sleep {

        @Test
        void doesNotSleepForZeroOrLess() throws InterruptedException {
            Blocking.sleep(scope, Duration.ZERO);
            Blocking.sleep(scope, Duration.ofSeconds(-1));

            assertNothingIsLeft();
        }
    }

    @Nested
    class TakeAndPut {

        @Test
        void anElementThatIsThereIsTakenWithoutListening() throws InterruptedException {
            BlockingQueue<String> queue = new LinkedBlockingQueue<>();

            Blocking.put(scope, queue, "a");

            assertThat(Blocking.take(scope, queue)).isEqualTo("a");
            assertThat(Insides.isAttached(scope)).isFalse();
        }

        @Test
        void anEndedContextLeavesTheQueueAsItIs() {
            BlockingQueue<String> queue = new LinkedBlockingQueue<>();
            queue.add("a");
            scope.cancel();

            assertThatThrownBy(() -> Blocking.take(scope, queue)).isInstanceOf(CancelledException.class);
            assertThatThrownBy(() -> Blocking.put(scope, queue, "b")).isInstanceOf(CancelledException.class);

            assertThat(queue).containsExactly("a");
        }

        @Test
        void anElementTakenJustWhenTheContextEndsIsReturned() throws InterruptedException {
            BlockingQueue<String> queue = new LinkedBlockingQueue<>() {
                @Override
                public String take() {
                    scope.cancel();
                    return "a";
                }
            };

            assertThat(Blocking.take(scope, queue)).isEqualTo("a");
            assertNoInterruptIsLeft();
        }

        @Test
        void anElementPutJustWhenTheContextEndsIsPut() throws InterruptedException {
            BlockingQueue<String> queue = new ArrayBlockingQueue<>(1) {
                @Override
                public void put(String element) {
                    clear();
                    add(element);
                    scope.cancel();
                }
            };
            queue.add("a");

            Blocking.put(scope, queue, "b");

            assertThat(queue).containsExactly("b");
            assertNoInterruptIsLeft();
        }
    }

    @Nested
    class LockAndAcquire {

        @Test
        void whatIsFreeIsGotWithoutListening() throws InterruptedException {
            ReentrantLock lock = new ReentrantLock(true);
            Semaphore semaphore = new Semaphore(3, true);

            Blocking.lock(scope, lock);
            Blocking.acquire(scope, semaphore);
            Blocking.acquire(scope, semaphore, 2);
            Blocking.acquire(scope, semaphore, 0);

            assertThat(lock.isHeldByCurrentThread()).isTrue();
            assertThat(semaphore.availablePermits()).isZero();
            assertThat(Insides.isAttached(scope)).isFalse();
        }

        @Test
        void anEndedContextGetsNothing() {
            ReentrantLock lock = new ReentrantLock();
            Semaphore semaphore = new Semaphore(1);
            scope.cancel();

            assertThatThrownBy(() -> Blocking.lock(scope, lock)).isInstanceOf(CancelledException.class);
            assertThatThrownBy(() -> Blocking.acquire(scope, semaphore)).isInstanceOf(CancelledException.class);

            assertThat(lock.isLocked()).isFalse();
            assertThat(semaphore.availablePermits()).isEqualTo(1);
        }

        @ParameterizedTest
        @EnumSource
        void theQueueOfAFairLockAndSemaphoreIsNotJumped(Threads threads) {
            Semaphore semaphore = new Semaphore(1, true);
            var first = threads.start(() -> semaphore.acquire(2));
            first.awaitParked();
            var second = threads.start(() -> Blocking.acquire(scope, semaphore));
            second.awaitParked();

            assertThat(semaphore.getQueueLength()).isEqualTo(2);

            semaphore.release();
            first.join();
            semaphore.release();
            second.join();
        }

        @Test
        @SuppressWarnings("serial")
        void aLockGotJustWhenTheContextEndsIsGivenBack() {
            ReentrantLock lock = new ReentrantLock() {
                @Override
                public boolean tryLock(long timeout, TimeUnit unit) {
                    return false;
                }

                @Override
                public void lockInterruptibly() throws InterruptedException {
                    super.lockInterruptibly();
                    scope.cancel();
                }
            };

            assertThatThrownBy(() -> Blocking.lock(scope, lock)).isInstanceOf(CancelledException.class);

            assertThat(lock.isLocked()).isFalse();
            assertNoInterruptIsLeft();
        }

        @Test
        @SuppressWarnings("serial")
        void permitsGotJustWhenTheContextEndsAreGivenBack() {
            Semaphore semaphore = new Semaphore(2) {
                @Override
                public boolean tryAcquire(int permits, long timeout, TimeUnit unit) {
                    return false;
                }

                @Override
                public void acquire(int permits) throws InterruptedException {
                    super.acquire(permits);
                    scope.cancel();
                }
            };

            assertThatThrownBy(() -> Blocking.acquire(scope, semaphore, 2)).isInstanceOf(CancelledException.class);

            assertThat(semaphore.availablePermits()).isEqualTo(2);
            assertNoInterruptIsLeft();
        }
    }

    @Nested
    class AwaitACondition {

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition condition = lock.newCondition();

        @Test
        void withoutItsLockIsRefusedAsTheConditionDoes() {
            assertThatThrownBy(() -> Blocking.await(scope, condition)).isInstanceOf(IllegalMonitorStateException.class);

            assertNothingIsLeft();
        }

        @ParameterizedTest
        @EnumSource
        void throwsWithTheLockHeld(Threads threads) {
            var waiter = threads.start(() -> {
                lock.lock();
                try {
                    assertThatThrownBy(() -> Blocking.await(scope, condition)).isInstanceOf(CancelledException.class);
                    assertThat(lock.isHeldByCurrentThread()).isTrue();
                } finally {
                    lock.unlock();
                }
            });
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void aSignalThatWasConsumedIsNotLost(Threads threads) {
            var waiter = threads.start(() -> {
                lock.lock();
                try {
                    Blocking.await(scope, condition);
                } finally {
                    lock.unlock();
                }
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            lock.lock();
            try {
                condition.signal();
                scope.cancel();
            } finally {
                lock.unlock();
            }

            waiter.join();
        }
    }

    @Nested
    class AwaitAStage {

        private final CompletableFuture<@Nullable String> stage = new CompletableFuture<>();

        @Test
        void returnsAResultThatIsThereWithoutListening() throws Exception {
            stage.complete(null);

            assertThat(Blocking.<@Nullable String>await(scope, stage)).isNull();
            assertThat(Insides.isAttached(scope)).isFalse();
        }

        @Test
        void throwsWhatTheStageFailedWith() {
            IOException failure = new IOException("no route");
            stage.completeExceptionally(failure);

            assertThatThrownBy(() -> Blocking.await(scope, stage.thenApply(x -> x)))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(failure);
        }

        @Test
        void throwsThatTheStageWasCancelled() {
            stage.cancel(false);

            assertThatThrownBy(() -> Blocking.await(scope, stage)).isInstanceOf(CancellationException.class);
        }

        @ParameterizedTest
        @EnumSource
        void leavesTheStageAsItIs(Threads threads) {
            var waiter = threads.start(() ->
                    assertThatThrownBy(() -> Blocking.await(scope, stage)).isInstanceOf(CancelledException.class));
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
            assertThat(stage).isNotDone();
            assertThat(stage.getNumberOfDependents()).isZero();
        }
    }

    @Nested
    class Join {

        @Test
        void returnsAtOnceForAThreadThatHasNotStartedOrHasEnded() throws InterruptedException {
            Thread thread = new Thread(() -> {});

            Blocking.join(scope, thread);
            thread.start();
            thread.join();
            Blocking.join(scope, thread);

            assertThat(Insides.isAttached(scope)).isFalse();
        }
    }
}
