package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.spi.DaemonThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Context#afterFunc] and [Registration].
class AfterFuncTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final CancellableContext scope = root.withCancel();
    private final Gate called = new Gate();

    @Nested
    class Calling {

        @Test
        void isNotBeforeTheEnd() {
            AtomicBoolean ran = new AtomicBoolean();
            Registration registration = scope.afterFunc(() -> ran.set(true));

            assertThat(scope).isLive();

            assertThat(ran).isFalse();
            registration.stop();
        }

        @Test
        void isAfterCancel() {
            scope.afterFunc(called::open);

            scope.cancel();

            called.await();
        }

        @Test
        void isAfterClose() {
            scope.afterFunc(called::open);

            scope.close();

            called.await();
        }

        @Test
        void isAfterTheDeadline() {
            root.withTimeout(Duration.ofSeconds(1)).afterFunc(called::open);

            clock.advance(Duration.ofSeconds(1));

            called.await();
        }

        @Test
        void isAtOnceIfTheContextHasEnded() {
            scope.cancel();

            Registration registration = scope.afterFunc(called::open);

            called.await();
            assertThat(registration.stop()).isFalse();
        }

        @Test
        void isAtOnceIfTheDeadlineHasPassedUnnoticed() {
            Context timed = root.withTimeout(Duration.ofSeconds(1));
            clock.pass(Duration.ofSeconds(1));

            timed.afterFunc(called::open);

            called.await();
        }

        @Test
        void isOnceForEachRegistrationOfTheSameCallback() {
            AtomicInteger calls = new AtomicInteger();
            Gate all = new Gate(3);
            Runnable callback = () -> {
                calls.incrementAndGet();
                all.open();
            };
            for (int i = 0; i < 3; i++) {
                scope.afterFunc(callback);
            }

            scope.cancel();
            scope.cancel();

            all.await();
            assertThat(calls).hasValue(3);
        }

        @Test
        void isNeverOnAContextThatNeverEnds() throws InterruptedException {
            Registration registration = root.withoutCancel().afterFunc(called::open);

            assertThat(registration.stop()).isTrue();
            assertThat(registration.stop()).isFalse();
            assertThat(registration.stopAndAwait()).isFalse();
        }

        @Test
        void seesTheEndAndNoCurrentContext() {
            AtomicReference<Context> current = new AtomicReference<>();
            AtomicReference<Object> err = new AtomicReference<>();
            root.withValue(Key.of("user", String.class), "ada").run(() -> {
                scope.afterFunc(() -> {
                    current.set(Context.current());
                    err.set(scope.err().orElseThrow());
                    called.open();
                });
                scope.cancel();
            });

            called.await();

            assertThat(current.get()).isSameAs(Context.background());
            assertThat(err.get()).isInstanceOf(CancelledException.class);
        }
    }

    /// The table of [Registration].
    @Nested
    class Stopping {

        private final Gate started = new Gate();
        private final Gate proceed = new Gate();
        private final Gate finished = new Gate();

        private Registration blocking() {
            return scope.afterFunc(() -> {
                started.open();
                proceed.await();
                finished.open();
            });
        }

        @Test
        void beforeTheStartPreventsIt() throws InterruptedException {
            AtomicBoolean ran = new AtomicBoolean();
            Registration stopped = scope.afterFunc(() -> ran.set(true));
            Registration awaited = scope.afterFunc(() -> ran.set(true));
            scope.afterFunc(called::open);

            assertThat(stopped.stop()).isTrue();
            assertThat(awaited.stopAndAwait()).isTrue();
            scope.cancel();

            called.await();
            assertThat(ran).isFalse();
        }

        @Test
        void secondTimesReturnFalse() throws InterruptedException {
            Registration registration = scope.afterFunc(() -> {});
            registration.stop();

            assertThat(registration.stop()).isFalse();
            assertThat(registration.stopAndAwait()).isFalse();
            scope.cancel();
            assertThat(registration.stop()).isFalse();
        }

        /// The thread that ends the context is held up before it has started the callback.
        @Test
        void fromTheEndOnReturnsFalseThoughTheCallbackHasNotStarted() {
            AtomicReference<Registration> registration = new AtomicReference<>(scope.afterFunc(() -> {}));
            AtomicReference<Boolean> stopped = new AtomicReference<>();
            Signal signal = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    return () -> stopped.set(registration.get().stop());
                }
            };
            registration.set(Context.anyOf(scope, Context.of(signal)).afterFunc(called::open));

            scope.cancel();

            assertThat(stopped).hasValue(false);
            called.await();
        }

        @Test
        void afterTheStartLetsItGoOn() {
            Registration registration = blocking();
            scope.cancel();
            started.await();

            assertThat(registration.stop()).isFalse();

            proceed.open();
            finished.await();
        }

        @ParameterizedTest
        @EnumSource
        void andAwaitingAfterTheStartReturnsWhenItHasFinished(Threads threads) {
            Registration registration = blocking();
            scope.cancel();
            started.await();

            var one = threads.start(() -> {
                assertThat(registration.stopAndAwait()).isFalse();
                assertThat(finished.isOpen()).isTrue();
            });
            var two = threads.start(() -> {
                assertThat(registration.stopAndAwait()).isFalse();
                assertThat(finished.isOpen()).isTrue();
            });
            one.awaitParked();
            two.awaitParked();
            proceed.open();

            one.join();
            two.join();
        }

        @Test
        void afterTheFinishReturnsFalse() throws InterruptedException {
            Registration registration = scope.afterFunc(called::open);
            scope.cancel();
            called.await();

            assertThat(registration.stopAndAwait()).isFalse();
            assertThat(registration.stop()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void canBeInterruptedWhileAwaiting(Threads threads) {
            Registration registration = blocking();
            scope.cancel();
            started.await();

            var awaiting = threads.start(
                    () -> assertThatThrownBy(registration::stopAndAwait).isInstanceOf(InterruptedException.class));
            awaiting.awaitParked();
            awaiting.thread().interrupt();
            awaiting.join();

            assertThat(finished.isOpen()).isFalse();
            proceed.open();
            finished.await();
        }

        @Test
        void byTheCallbackItselfDoesNotWait() {
            AtomicReference<Registration> itself = new AtomicReference<>();
            AtomicReference<Object> result = new AtomicReference<>();
            Gate registered = new Gate();
            itself.set(scope.afterFunc(() -> {
                registered.await();
                result.set(unchecked(itself.get()));
                called.open();
            }));
            registered.open();

            scope.cancel();

            called.await();
            assertThat(result.get()).isEqualTo(false);
        }

        @Test
        void anAwaitedCallbackThatThrewHasFinished() {
            Uncaught.during(one -> {
                Registration registration = scope.afterFunc(() -> {
                    started.open();
                    throw new IllegalStateException("expected by the test");
                });
                scope.cancel();
                started.await();

                assertThat(unchecked(registration)).isFalse();
            });
        }

        @Test
        void leavesTheContextToTheOtherCallbacks() {
            Registration first = scope.afterFunc(() -> {});
            scope.afterFunc(called::open);
            first.stop();

            scope.cancel();

            called.await();
        }

        private static boolean unchecked(Registration registration) {
            try {
                return registration.stopAndAwait();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    class R5CallbacksAreNobodysBurden {

        @Test
        void cancelDoesNotWaitForThem() {
            Gate proceed = new Gate();
            scope.afterFunc(() -> {
                proceed.await();
                called.open();
            });

            scope.cancel();

            assertThat(called.isOpen()).isFalse();
            proceed.open();
            called.await();
        }

        @ParameterizedTest
        @EnumSource
        void theyRunOnVirtualThreadsOfTheirOwnNeverOnTheCancellers(Threads threads) {
            List<Thread> runners = new CopyOnWriteArrayList<>();
            Gate all = new Gate(2);
            for (int i = 0; i < 2; i++) {
                scope.afterFunc(() -> {
                    runners.add(Thread.currentThread());
                    all.open();
                });
            }

            var canceller = threads.start(scope::cancel);
            canceller.join();

            all.await();
            assertThat(runners)
                    .doesNotContain(canceller.thread())
                    .doesNotHaveDuplicates()
                    .allMatch(Thread::isVirtual)
                    .allMatch(thread -> thread.getName().equals("ripcord-callback"));
        }

        /// More than one thread starts at a time.
        @Test
        void oneThatBlocksHoldsUpNoneOfAThousand() {
            Gate proceed = new Gate();
            Gate others = new Gate(999);
            Gate all = new Gate(1000);
            AtomicInteger arrived = new AtomicInteger();
            Set<Thread> runners = ConcurrentHashMap.newKeySet();
            List<Registration> registrations = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                registrations.add(scope.afterFunc(() -> {
                    runners.add(Thread.currentThread());
                    if (arrived.incrementAndGet() == 1) {
                        proceed.await();
                    } else {
                        others.open();
                    }
                    all.open();
                }));
            }

            scope.cancel();

            assertThat(registrations).noneMatch(Registration::stop);
            others.await();
            assertThat(all.isOpen()).isFalse();
            proceed.open();
            all.await();
            assertThat(arrived).hasValue(1000);
            assertThat(runners).hasSize(1000).allMatch(Thread::isVirtual);
        }

        @Test
        void theyDoNotRunOnTheTimersThread() {
            AtomicReference<Thread> runner = new AtomicReference<>();
            Context.background().withTimeout(Duration.ofMillis(5)).afterFunc(Runnable::run, () -> {
                runner.set(Thread.currentThread());
                called.open();
            });

            called.await();

            assertThat(runner.get().isVirtual()).isTrue();
        }

        @Test
        void anExceptionReachesTheUncaughtHandlerAndStopsNothingElse() {
            RuntimeException thrown = new IllegalStateException("expected by the test");
            Gate others = new Gate(2);

            List<Throwable> uncaught = Uncaught.during(one -> {
                scope.afterFunc(others::open);
                Registration failing = scope.afterFunc(() -> {
                    throw thrown;
                });
                scope.withCancel().afterFunc(others::open);
                scope.cancel();
                others.await();
                Stopping.unchecked(failing);
                one.await();
            });

            assertThat(uncaught).containsExactly(thrown);
            assertThat(scope).isCancelled();
        }

        @Test
        void anErrorReachesTheUncaughtHandlerToo() {
            Error thrown = new AssertionError("expected by the test");

            List<Throwable> uncaught = Uncaught.during(one -> {
                scope.afterFunc(() -> {
                    throw thrown;
                });
                scope.cancel();
                one.await();
            });

            assertThat(uncaught).containsExactly(thrown);
        }
    }

    @Nested
    class TheExecutor {

        private final AtomicReference<Thread> runner = new AtomicReference<>();

        private void callback() {
            runner.set(Thread.currentThread());
            called.open();
        }

        @Test
        void thatIsNamedRunsTheCallback() {
            try (var pool = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("pool").factory())) {
                scope.afterFunc(pool, this::callback);
                scope.cancel();
                called.await();
            }

            assertThat(runner.get().getName()).isEqualTo("pool");
        }

        @Test
        void thatRejectsIsReplacedByAVirtualThread() {
            scope.afterFunc(
                    task -> {
                        throw new RejectedExecutionException("full");
                    },
                    this::callback);

            scope.cancel();

            called.await();
            assertThat(runner.get().isVirtual()).isTrue();
        }

        @Test
        void thatFailsWithAnErrorIsReplacedByAVirtualThread() {
            scope.afterFunc(
                    task -> {
                        throw new OutOfMemoryError("unable to create native thread: expected by the test");
                    },
                    this::callback);

            scope.cancel();

            called.await();
            assertThat(runner.get().isVirtual()).isTrue();
        }

        @Test
        void thatRunsInItsCallerDoesNotRunInTheCanceller() {
            scope.afterFunc(Runnable::run, this::callback);

            scope.cancel();

            called.await();
            assertThat(runner.get()).isNotSameAs(Thread.currentThread());
        }

        @Test
        void thatRunsInItsCallerLosesNoException() {
            RuntimeException thrown = new IllegalStateException("expected by the test");

            List<Throwable> uncaught = Uncaught.during(one -> {
                scope.afterFunc(Runnable::run, () -> {
                    throw thrown;
                });
                scope.cancel();
                one.await();
            });

            assertThat(uncaught).containsExactly(thrown);
        }

        @Test
        void thatRunsTheTaskTwiceRunsTheCallbackOnce() {
            AtomicInteger calls = new AtomicInteger();
            scope.afterFunc(
                    task -> {
                        task.run();
                        task.run();
                        called.open();
                    },
                    calls::incrementAndGet);

            scope.cancel();

            called.await();
            assertThat(calls).hasValue(1);
        }

        @Test
        void thatBlocksHoldsUpNeitherTheCancellerNorTheOthers() {
            Gate entered = new Gate();
            Gate proceed = new Gate();
            Executor stuck = task -> {
                entered.open();
                proceed.await();
                task.run();
            };
            scope.afterFunc(stuck, called::open);
            Gate other = new Gate();
            scope.withCancel().afterFunc(other::open);

            scope.cancel();

            entered.await();
            other.await();
            assertThat(scope.withCancel()).isCancelled();
            proceed.open();
            called.await();
        }

        @Test
        void daemonThreadsRunItOnAPlatformThreadOfOurs() {
            scope.afterFunc(DaemonThreads.executor(), this::callback);

            scope.cancel();

            called.await();
            assertThat(runner.get().isVirtual()).isFalse();
            assertThat(runner.get().isDaemon()).isTrue();
            assertThat(runner.get().getName()).startsWith("ripcord-daemon-");
        }

        /// Every carrier runs code that does not yield, for as long as it takes.
        @Test
        void daemonThreadsRunItAlthoughAllCarriersAreBusy() {
            AtomicBoolean busy = new AtomicBoolean(true);
            int carriers = Runtime.getRuntime().availableProcessors();
            Gate spinning = new Gate(carriers);
            List<Threads.Job> spinners = new ArrayList<>();
            for (int i = 0; i < carriers; i++) {
                spinners.add(Threads.VIRTUAL.start(() -> {
                    spinning.open();
                    long start = System.nanoTime();
                    while (busy.get() && System.nanoTime() - start < 8_000_000_000L) {
                        Thread.onSpinWait();
                    }
                }));
            }
            Gate virtual = new Gate();
            scope.afterFunc(virtual::open);
            scope.afterFunc(DaemonThreads.executor(), called::open);

            try {
                spinning.await();
                scope.cancel();
                called.await();
                assertThat(virtual.isOpen()).isFalse();
            } finally {
                busy.set(false);
            }

            virtual.await();
            spinners.forEach(Threads.Job::join);
        }

        @Test
        void daemonThreadsHaveNoCurrentContextNorInheritedValues() {
            AtomicReference<Context> current = new AtomicReference<>();
            InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
            AtomicReference<Object> seen = new AtomicReference<>("unset");
            inherited.set("of the canceller");
            scope.run(() -> DaemonThreads.executor().execute(() -> {
                current.set(Context.current());
                seen.set(String.valueOf(inherited.get()));
                called.open();
            }));

            called.await();
            inherited.remove();

            assertThat(current.get()).isSameAs(Context.background());
            assertThat(seen.get()).isEqualTo("null");
        }

        @Test
        void daemonThreadsCannotBeShutDown() {
            assertThat(DaemonThreads.executor()).isNotInstanceOf(AutoCloseable.class);
        }
    }

    @Nested
    class Reentrance {

        @Test
        void aCallbackMayCancelItsOwnContextItsParentAndASibling() {
            var child = scope.withCancel();
            var sibling = scope.withCancel();
            Gate siblings = new Gate();
            sibling.afterFunc(siblings::open);
            child.afterFunc(() -> {
                assertThat(child.cancel()).isFalse();
                sibling.cancel();
                scope.cancel();
                called.open();
            });

            child.cancel();

            called.await();
            siblings.await();
            assertThat(sibling).isCancelled();
            assertThat(scope).isCancelled();
        }

        @Test
        void aCallbackMayCloseItsOwnContextAndListenAgain() {
            scope.afterFunc(() -> {
                scope.close();
                scope.afterFunc(called::open);
            });

            scope.cancel();

            called.await();
            assertThat(scope).isCancelled();
        }

        /// Go's TestInterlockedCancels: who waits for the parent cancels the child meanwhile.
        @ParameterizedTest
        @EnumSource
        void aWaiterMayCancelAChildOfWhatIsBeingCancelled(Threads threads) {
            var child = scope.withCancel();
            child.afterFunc(called::open);
            var waiter = threads.start(() -> {
                scope.done().await();
                child.cancel();
            });
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
            called.await();
        }
    }
}
