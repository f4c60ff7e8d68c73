package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What several threads may do to one tree at a time. Each race is run many times from a barrier; in the end no
/// callback is lost or has run twice, nothing is attached and no timer is armed.
class RaceTest {

    private static final int ROUNDS = 3_000;
    private static final Duration LONG = Duration.ofHours(1);

    private final ManualClock clock = new ManualClock();
    private final CancellableContext root = clock.root().withCancel();
    private final Exception gone = new Exception("client disconnected");

    /// Runs two sides, one on this thread and one on another, `ROUNDS` times from a barrier. Each round begins with
    /// `prepare` and ends with `check`, on this thread.
    static void race(Threads threads, Runnable prepare, Runnable one, Runnable other, Runnable check) {
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicBoolean stopped = new AtomicBoolean();
        Threads.Job job = threads.start(() -> {
            while (true) {
                barrier.await(10, TimeUnit.SECONDS);
                if (stopped.get()) {
                    return;
                }
                stagger();
                other.run();
                barrier.await(10, TimeUnit.SECONDS);
            }
        });
        try {
            for (int round = 0; round < ROUNDS; round++) {
                prepare.run();
                await(barrier);
                stagger();
                one.run();
                await(barrier);
                check.run();
            }
        } finally {
            stopped.set(true);
            await(barrier);
        }
        job.join();
    }

    /// Spreads the two sides over each other.
    private static void stagger() {
        for (int i = ThreadLocalRandom.current().nextInt(100); i > 0; i--) {
            Thread.onSpinWait();
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the other side did not come", e);
        }
    }

    private void assertNothingIsLeft() {
        assertThat(Insides.listeners(root)).isZero();
        assertThat(Insides.isAttachedStrongly(root)).isFalse();
        assertThat(clock.armed()).isZero();
    }

    /// A callback that says whether it ran more than once.
    private static final class Once implements Runnable {

        private final AtomicInteger calls = new AtomicInteger();
        private final Gate called = new Gate();

        @Override
        public void run() {
            calls.incrementAndGet();
            called.open();
        }

        void assertCalled() {
            called.await();
            assertThat(calls).hasValue(1);
        }
    }

    @Nested
    class ACallback {

        private CancellableContext scope = root;
        private Once callback = new Once();
        private Registration registration = root.afterFunc(callback);
        private boolean stopped;

        ACallback() {
            registration.stop();
        }

        @ParameterizedTest
        @EnumSource
        void addedDuringACancelIsCalledOnce(Threads threads) {
            race(
                    threads,
                    () -> {
                        scope = root.withTimeout(LONG);
                        callback = new Once();
                    },
                    () -> registration = scope.withCancel().afterFunc(callback),
                    () -> scope.cancel(gone),
                    () -> {
                        callback.assertCalled();
                        assertThat(registration.stop()).isFalse();
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void stoppedDuringACancelIsEitherCalledOrStopped(Threads threads) {
            race(
                    threads,
                    () -> {
                        scope = root.withTimeout(LONG);
                        callback = new Once();
                        registration = scope.withCancel().afterFunc(callback);
                    },
                    () -> stopped = registration.stop(),
                    () -> scope.cancel(gone),
                    () -> {
                        if (!stopped) {
                            callback.assertCalled();
                        }
                        assertThat(callback.calls).hasValue(stopped ? 0 : 1);
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void addedWhileTheLastListenerLeavesIsCalledOnce(Threads threads) {
            race(
                    threads,
                    () -> {
                        scope = root.withTimeout(LONG);
                        callback = new Once();
                        registration = scope.afterFunc(() -> {});
                    },
                    () -> registration.stop(),
                    () -> scope.afterFunc(callback),
                    () -> {
                        assertThat(Insides.isAttached(scope)).isTrue();
                        assertThat(Insides.listeners(root)).isEqualTo(1);
                        assertThat(clock.armed()).isEqualTo(1);
                        scope.cancel();
                        callback.assertCalled();
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void addedWhileADeadlinePassesIsCalledOnce(Threads threads) {
            race(
                    threads,
                    () -> {
                        scope = root.withTimeout(Duration.ofMillis(1));
                        callback = new Once();
                    },
                    () -> clock.advance(Duration.ofMillis(1)),
                    () -> scope.withCancel().afterFunc(callback),
                    () -> {
                        clock.advance(Duration.ofMillis(1));
                        callback.assertCalled();
                        assertThat(scope).isOutOfTime();
                        assertNothingIsLeft();
                    });
        }
    }

    @Nested
    class AChild {

        private CancellableContext parent = root;
        private Context child = root;

        /// Go's TestWithCancelSimultaneouslyCanceledParent.
        @ParameterizedTest
        @EnumSource
        void derivedDuringACancelEndsInTheSameWay(Threads threads) {
            race(
                    threads,
                    () -> parent = root.withCancel(),
                    () -> child = parent.withTimeout(LONG).withCancel(),
                    () -> parent.cancel(gone),
                    () -> {
                        assertThat(child).isCancelledBecauseOf(gone);
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void attachedByAQuestionDuringACancelEndsInTheSameWay(Threads threads) {
            race(
                    threads,
                    () -> {
                        parent = root.withCancel();
                        child = ContextTest.chain(parent, 12);
                    },
                    () -> child.err(),
                    () -> parent.cancel(gone),
                    () -> {
                        assertThat(child).isCancelledBecauseOf(gone);
                        assertThat(Insides.isAttached(child)).isFalse();
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void whoseWeakAttachmentBecomesStrongDuringACancelIsTold(Threads threads) {
            AtomicReference<Once> callback = new AtomicReference<>(new Once());
            race(
                    threads,
                    () -> {
                        parent = root.withCancel();
                        child = ContextTest.chain(parent, 12);
                        assertThat(child.err()).isEmpty();
                        callback.set(new Once());
                    },
                    () -> child.afterFunc(callback.get()),
                    () -> parent.cancel(gone),
                    () -> {
                        callback.get().assertCalled();
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void cancelledDuringTheParentsCancelEndsOnceByOneOfThem(Threads threads) {
            Exception own = new Exception("own");
            race(
                    threads,
                    () -> {
                        parent = root.withCancel();
                        child = parent.withCancel();
                        child.afterFunc(() -> {});
                    },
                    () -> ((CancellableContext) child).cancel(own),
                    () -> parent.cancel(gone),
                    () -> {
                        assertThat(child.cause().orElseThrow()).isIn(own, gone);
                        assertThat(parent).isCancelledBecauseOf(gone);
                        assertNothingIsLeft();
                    });
        }
    }

    @Nested
    class AJoin {

        private CancellableContext first = root;
        private CancellableContext second = root;
        private Context either = root;
        private Once callback = new Once();

        @ParameterizedTest
        @EnumSource
        void ofTwoThatEndAtOnceEndsOnceAndLeavesBoth(Threads threads) {
            race(
                    threads,
                    () -> {
                        first = root.withCancel();
                        second = root.withTimeout(LONG);
                        either = Context.anyOf(first, second);
                        callback = new Once();
                        either.afterFunc(callback);
                    },
                    () -> first.cancel(gone),
                    () -> second.cancel(gone),
                    () -> {
                        callback.assertCalled();
                        assertThat(either).isCancelledBecauseOf(gone);
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void listenedToWhileOneEndsIsTold(Threads threads) {
            race(
                    threads,
                    () -> {
                        first = root.withCancel();
                        second = root.withCancel();
                        either = Context.anyOf(first, second).withCancel();
                        callback = new Once();
                    },
                    () -> either.afterFunc(callback),
                    () -> second.cancel(gone),
                    () -> {
                        callback.assertCalled();
                        assertThat(either).isCancelledBecauseOf(gone);
                        assertNothingIsLeft();
                    });
        }

        @ParameterizedTest
        @EnumSource
        void ofAForeignContextThatEndsWhileSomebodyListensAndAsksIsTold(Threads threads) {
            AtomicReference<Signal> signal = new AtomicReference<>(new Signal());
            race(
                    threads,
                    () -> {
                        signal.set(new Signal());
                        either = Context.of(signal.get()).withCancel();
                        callback = new Once();
                    },
                    () -> {
                        either.afterFunc(callback);
                        either.err();
                        either.err();
                    },
                    () -> signal.get().cancel(gone),
                    () -> {
                        callback.assertCalled();
                        assertThat(either).isCancelledBecauseOf(gone);
                        assertThat(signal.get().subscribers()).isZero();
                    });
        }
    }

    @Nested
    class Timers {

        /// More than the wheel deals out or takes out under one lock.
        @ParameterizedTest
        @EnumSource
        void releasedWhileTheirTickBeginsAreEachTakenOutOnce(Threads threads) {
            List<CancellableContext> scopes = new ArrayList<>();
            AtomicInteger calls = new AtomicInteger();
            AtomicInteger stopped = new AtomicInteger();
            Gate all = new Gate(ROUNDS * 150);
            List<Registration> registrations = new ArrayList<>();
            race(
                    threads,
                    () -> {
                        scopes.clear();
                        registrations.clear();
                        for (int i = 0; i < 150; i++) {
                            CancellableContext scope = root.withTimeout(Duration.ofNanos(1_000_000_000L + i));
                            scopes.add(scope);
                            registrations.add(scope.afterFunc(() -> {
                                calls.incrementAndGet();
                                all.open();
                            }));
                        }
                    },
                    () -> clock.advance(Duration.ofNanos(1_000_000_075L)),
                    () -> {
                        for (int i = 0; i < 150; i += 2) {
                            if (registrations.get(i).stop()) {
                                stopped.incrementAndGet();
                                all.open();
                            }
                        }
                    },
                    () -> {
                        clock.advance(Duration.ofSeconds(1));
                        assertThat(scopes).allMatch(scope -> scope.done().isDone());
                        assertNothingIsLeft();
                    });

            all.await();
            assertThat(stopped).hasPositiveValue();
            assertThat(calls.get() + stopped.get()).isEqualTo(ROUNDS * 150);
        }
    }

    @Nested
    class Churn {

        /// Listeners come and go on a small tree while its scopes end.
        @ParameterizedTest
        @EnumSource
        void ofListenersAndEndsLeavesNothingAttached(Threads threads) {
            for (int round = 0; round < 30; round++) {
                CancellableContext top = root.withTimeout(LONG);
                List<CancellableContext> scopes = new ArrayList<>(List.of(top));
                for (int i = 0; i < 20; i++) {
                    CancellableContext parent = scopes.get(i / 2);
                    scopes.add(i % 3 == 0 ? parent.withTimeout(LONG) : parent.withCancel());
                }
                AtomicInteger expected = new AtomicInteger();
                AtomicInteger calls = new AtomicInteger();
                List<Threads.Job> jobs = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    jobs.add(threads.start(() -> {
                        ThreadLocalRandom random = ThreadLocalRandom.current();
                        for (int step = 0; step < 300; step++) {
                            CancellableContext scope = scopes.get(random.nextInt(scopes.size()));
                            Registration registration = scope.afterFunc(calls::incrementAndGet);
                            scope.err();
                            if (random.nextInt(100) == 0) {
                                scope.cancel(gone);
                            }
                            if (!registration.stop()) {
                                expected.incrementAndGet();
                                registration.stopAndAwait();
                            }
                        }
                    }));
                }
                jobs.forEach(Threads.Job::join);

                assertThat(calls.get()).isEqualTo(expected.get());
                assertThat(scopes).noneMatch(Insides::isAttached);
                assertNothingIsLeft();
            }
        }
    }

    @Nested
    class Invariant5 {

        /// A question finds the node above attached, then that node is left and attached anew, by a thread that is
        /// held up before it gets to the top. What the question saw must not count.
        @Test
        void aLinkIsNotCompleteBecauseTheNodeAboveOnceWas() {
            Gate atSubscribe = new Gate();
            Gate subscribe = new Gate();
            Gate atTop = new Gate();
            Gate top = new Gate();
            AtomicReference<Runnable> duringQuestion = new AtomicReference<>(() -> {});
            Signal signal = new Signal() {
                @Override
                public Optional<End> end() {
                    duringQuestion.get().run();
                    return super.end();
                }

                @Override
                public Runnable subscribe(Runnable onEnd) {
                    atSubscribe.open();
                    subscribe.await();
                    return super.subscribe(onEnd);
                }
            };
            AtomicBoolean hold = new AtomicBoolean();
            Signal gatekeeper = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    if (hold.get()) {
                        atTop.open();
                        top.await();
                    }
                    return super.subscribe(onEnd);
                }
            };
            Context above = Context.anyOf(root, Context.of(gatekeeper));
            Context below = Context.anyOf(above, Context.of(signal));
            Registration other = above.afterFunc(() -> {});
            assertThat(above).isLive();
            assertThat(Insides.isComplete(above)).isTrue();

            var listener = Threads.PLATFORM.start(() -> below.afterFunc(() -> {}));
            atSubscribe.await();
            duringQuestion.set(() -> {
                duringQuestion.set(() -> {});
                other.stop();
                hold.set(true);
                subscribe.open();
                atTop.await();
            });
            assertThat(below).isLive();
            assertThat(atTop.isOpen()).isTrue();
            assertThat(Insides.isComplete(below)).isFalse();
            root.cancel(gone);

            assertThat(below).isCancelledBecauseOf(gone);
            top.open();
            subscribe.open();
            listener.join();
        }
    }

    /// The waits of [Blocking] run on the other thread, which looks for stray interrupts after each.
    @Nested
    class ABlockedThread {

        private CancellableContext scope = root;
        private CancellableContext other = root;
        private Outcome outcome = Outcome.RETURNED;

        private enum Outcome {
            RETURNED,
            ENDED
        }

        private interface Wait {
            void await() throws Exception;
        }

        private void cancelDuring(Threads threads, Runnable prepare, Wait wait, Runnable meanwhile, Runnable check) {
            race(
                    threads,
                    () -> {
                        scope = root.withTimeout(LONG);
                        prepare.run();
                    },
                    () -> {
                        meanwhile.run();
                        scope.cancel();
                    },
                    () -> outcome = outcomeOf(wait),
                    () -> {
                        check.run();
                        assertNothingIsLeft();
                    });
        }

        private static Outcome outcomeOf(Wait wait) {
            try {
                wait.await();
                return Outcome.RETURNED;
            } catch (CancelledException e) {
                return Outcome.ENDED;
            } catch (Exception e) {
                throw new AssertionError("by a stray interrupt?", e);
            } finally {
                // What comes later fails at the barrier.
                assertThat(Thread.interrupted()).as("interrupted").isFalse();
            }
        }

        @ParameterizedTest
        @EnumSource
        void isNeverInterruptedAfterTheBlock(Threads threads) {
            cancelDuring(
                    threads,
                    () -> {},
                    () -> Blocking.interruptible(scope, () -> {
                        RealTime.pass(ThreadLocalRandom.current().nextInt(50_000));
                        return "a";
                    }),
                    () -> {},
                    () -> {});
        }

        @ParameterizedTest
        @EnumSource
        void isAlwaysFreed(Threads threads) {
            CountDownLatch never = new CountDownLatch(1);
            cancelDuring(
                    threads,
                    () -> {},
                    () -> Blocking.await(scope, never),
                    () -> {},
                    () -> assertThat(outcome).isSameAs(Outcome.ENDED));
        }

        @ParameterizedTest
        @EnumSource
        void takesAnElementOrLeavesIt(Threads threads) {
            BlockingQueue<String> queue = new LinkedBlockingQueue<>();
            cancelDuring(
                    threads,
                    queue::clear,
                    () -> Blocking.take(scope, queue),
                    () -> queue.add("a"),
                    () -> assertThat(queue).hasSize(outcome == Outcome.RETURNED ? 0 : 1));
        }

        @ParameterizedTest
        @EnumSource
        void putsAnElementOrKeepsIt(Threads threads) {
            BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
            cancelDuring(
                    threads,
                    () -> queue.offer("a"),
                    () -> Blocking.put(scope, queue, "b"),
                    queue::clear,
                    () -> assertThat(queue).hasSize(outcome == Outcome.RETURNED ? 1 : 0));
        }

        @ParameterizedTest
        @EnumSource
        void holdsPermitsOrDoesNot(Threads threads) {
            Semaphore semaphore = new Semaphore(0);
            cancelDuring(
                    threads,
                    semaphore::drainPermits,
                    () -> Blocking.acquire(scope, semaphore, 2),
                    () -> semaphore.release(2),
                    () -> assertThat(semaphore.availablePermits()).isEqualTo(outcome == Outcome.RETURNED ? 0 : 2));
        }

        @ParameterizedTest
        @EnumSource
        void holdsTheLockOrDoesNot(Threads threads) {
            ReentrantLock lock = new ReentrantLock();
            cancelDuring(
                    threads,
                    lock::lock,
                    () -> {
                        Blocking.lock(scope, lock);
                        lock.unlock(); // throws if it is not held
                    },
                    lock::unlock,
                    () -> assertThat(lock.isLocked()).isFalse());
        }

        @ParameterizedTest
        @EnumSource
        void hasTheResultOfAStageOrLeavesNothingInIt(Threads threads) {
            AtomicReference<CompletableFuture<String>> stage = new AtomicReference<>(new CompletableFuture<>());
            AtomicBoolean completes = new AtomicBoolean();
            cancelDuring(
                    threads,
                    () -> {
                        stage.set(new CompletableFuture<>());
                        completes.set(ThreadLocalRandom.current().nextBoolean());
                    },
                    () -> Blocking.await(scope, stage.get()),
                    () -> {
                        if (completes.get()) {
                            stage.get().complete("a");
                        }
                    },
                    () -> {
                        // One that completes just then may keep an empty node.
                        if (!completes.get()) {
                            assertThat(outcome).isSameAs(Outcome.ENDED);
                            assertThat(stage.get().getNumberOfDependents()).isZero();
                        }
                    });
        }

        /// The inner block answers to both interrupts, in any order, or to one and before the other. The outer one
        /// blocks for ever if its interrupt was taken away.
        @ParameterizedTest
        @EnumSource
        void inAnInnerBlockIsStillFreedFromTheOuter(Threads threads) {
            CountDownLatch never = new CountDownLatch(1);
            cancelDuring(
                    threads,
                    () -> other = root.withCancel(),
                    () -> Blocking.interruptible(scope, () -> {
                        assertThat(outcomeOfInner(never)).isSameAs(Outcome.ENDED);
                        never.await();
                        return "unreachable";
                    }),
                    () -> other.cancel(),
                    () -> assertThat(outcome).isSameAs(Outcome.ENDED));
        }

        private Outcome outcomeOfInner(CountDownLatch never) throws InterruptedException {
            try {
                return Blocking.interruptible(other, () -> {
                    never.await();
                    return Outcome.RETURNED;
                });
            } catch (CancelledException e) {
                return Outcome.ENDED;
            }
        }
    }

    @Nested
    class AFuture {

        private CancellableContext scope = root;
        private CompletableFuture<String> future = new CompletableFuture<>();
        private Runnable queued = () -> {};

        private void prepare() {
            scope = root.withTimeout(LONG);
            future = Futures.supplyAsync(scope, ctx -> "a", task -> queued = task);
        }

        private void check() {
            assertThat(future).isDone();
            assertThat(Insides.listeners(scope)).isZero();
            scope.close();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @EnumSource
        void cancelledWhileItsOperationEndsLeavesNothing(Threads threads) {
            race(threads, this::prepare, () -> future.cancel(false), () -> queued.run(), this::check);
        }

        @ParameterizedTest
        @EnumSource
        void whoseContextEndsWhileItsOperationEndsIsDone(Threads threads) {
            race(threads, this::prepare, () -> scope.cancel(gone), () -> queued.run(), () -> {
                assertThat(future.handle((result, exception) -> result == null ? exception : result))
                        .succeedsWithin(Duration.ofSeconds(10));
                assertNothingIsLeft();
            });
        }

        @ParameterizedTest
        @EnumSource
        void cancelledWhileItsContextEndsLeavesNothing(Threads threads) {
            race(threads, this::prepare, () -> scope.cancel(gone), () -> future.cancel(false), () -> {
                assertThat(future).isCompletedExceptionally();
                assertNothingIsLeft();
            });
        }
    }
}
