package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What several threads may do to one group at a time. Each race is run many times from a barrier; in the end nothing
/// runs, no slot is lost, what is thrown agrees with how the context ended, and nothing is left with the parent.
class GroupRaceTest {

    private final ManualClock clock = new ManualClock();
    private final CancellableContext root = clock.root().withCancel();
    private final Exception gone = new Exception("client disconnected");
    private final IOException refused = new IOException("connection refused");
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();

    private CancellableContext request = root;
    private Group group = Group.of(root);
    private Gate gate = new Gate();
    private @Nullable Future<String> future;
    private @Nullable Throwable thrown;

    /// An operation that counts itself and listens to nothing.
    private String work(Context ctx) {
        begun.incrementAndGet();
        running.incrementAndGet();
        Thread.onSpinWait();
        running.decrementAndGet();
        return "done";
    }

    private void prepare(int limit) {
        request = root.withTimeout(Duration.ofMillis(1));
        group = Group.of(request, limit);
        gate = new Gate();
        begun.set(0);
        future = null;
        thrown = null;
    }

    /// Forks and keeps what came of it.
    private void fork(Context.Operation<String> operation) {
        thrown = catchThrowable(() -> future = group.fork(operation));
    }

    private Future<String> forked() {
        Future<String> known = future;
        if (known == null) {
            throw new AssertionError("nothing was forked", thrown);
        }
        return known;
    }

    private @Nullable Throwable join() {
        return catchThrowable(group::join);
    }

    private void closeAndAssertNothingIsLeft() {
        group.close();
        assertThat(running).hasValue(0);
        assertThat(group.toString()).contains("(0 ");
        request.close();
        assertThat(Insides.listeners(root)).isZero();
        assertThat(clock.armed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aForkDuringTheEndRunsOrFails(Threads threads) {
        RaceTest.race(threads, () -> prepare(2), () -> fork(this::work), () -> request.cancel(gone), () -> {
            Throwable joined = join();
            boolean ran = forked().state() == Future.State.SUCCESS;
            assertThat(begun).hasValue(ran ? 1 : 0);
            if (ran) {
                assertThat(joined).isNull();
            } else {
                assertThat(joined).isInstanceOf(CancelledException.class).hasCause(gone);
                assertThat(forked().exceptionNow())
                        .isInstanceOf(CancelledException.class)
                        .hasCause(gone);
            }
            closeAndAssertNothingIsLeft();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aForkDuringTheCloseRunsOrFailsOrIsTooLate(Threads threads) {
        RaceTest.race(
                threads,
                () -> prepare(2),
                () -> fork(this::work),
                () -> {
                    group.close();
                    assertThat(running).hasValue(0);
                },
                () -> {
                    if (future == null) {
                        assertThat(thrown).isInstanceOf(IllegalStateException.class);
                        assertThat(begun).hasValue(0);
                    } else {
                        assertThat(forked().isDone()).isTrue();
                        assertThat(begun).hasValue(forked().state() == Future.State.SUCCESS ? 1 : 0);
                    }
                    closeAndAssertNothingIsLeft();
                });
    }

    @ParameterizedTest
    @EnumSource
    void aFailureAndADeadlineAreOneEnd(Threads threads) {
        RaceTest.race(
                threads,
                () -> prepare(2),
                () -> fork(ctx -> {
                    throw refused;
                }),
                () -> clock.advance(Duration.ofMillis(1)),
                () -> {
                    Throwable joined = join();
                    if (joined instanceof CompletionException) {
                        assertThat(joined).hasCause(refused);
                        assertThat(group.context()).isCancelledBecauseOf(refused);
                    } else {
                        assertThat(joined).isInstanceOf(DeadlineExceededException.class);
                        assertThat(group.context()).isOutOfTime();
                    }
                    closeAndAssertNothingIsLeft();
                });
    }

    @ParameterizedTest
    @EnumSource
    void ofTwoFailuresOneIsTheCauseAndTheOtherIsNotLost(Threads threads) {
        IOException one = new IOException("one");
        IOException other = new IOException("other");
        ConcurrentLinkedQueue<Throwable> raised = new ConcurrentLinkedQueue<>();
        RaceTest.race(
                threads,
                () -> {
                    prepare(2);
                    raised.clear();
                },
                () -> fork(ctx -> {
                    raised.add(one);
                    throw one;
                }),
                () -> assertThatCode(() -> group.execute(ctx -> {
                            raised.add(other);
                            throw other;
                        }))
                        .doesNotThrowAnyException(),
                () -> {
                    CompletionException joined = catchThrowableOfType(CompletionException.class, group::join);
                    Throwable first = requireNonNull(joined.getCause());
                    List<Throwable> reported = new ArrayList<>(List.of(joined.getSuppressed()));
                    reported.add(first);
                    assertThat(reported).containsExactlyInAnyOrderElementsOf(raised);
                    assertThat(group.context()).isCancelledBecauseOf(first);
                    closeAndAssertNothingIsLeft();
                });
    }

    /// Invariant 5.
    @ParameterizedTest
    @EnumSource
    void aFutureCancelledWhileItsForkFailsIsOneOrTheOther(Threads threads) {
        RaceTest.race(
                threads,
                () -> {
                    prepare(2);
                    fork(ctx -> {
                        gate.await();
                        throw refused;
                    });
                },
                () -> gate.open(),
                () -> forked().cancel(false),
                () -> {
                    Throwable joined = join();
                    if (forked().isCancelled()) {
                        assertThat(joined).isNull();
                        assertThat(group.context()).isLive();
                    } else {
                        assertThat(joined).hasCause(refused);
                        assertThat(group.context()).isCancelledBecauseOf(refused);
                    }
                    closeAndAssertNothingIsLeft();
                });
    }

    @ParameterizedTest
    @EnumSource
    void aFutureCancelledWhileItsForkBeginsIsOneOrTheOther(Threads threads) {
        RaceTest.race(
                threads,
                () -> {
                    prepare(2);
                    fork(this::work);
                },
                () -> Thread.onSpinWait(),
                () -> forked().cancel(false),
                () -> {
                    assertThat(join()).isNull();
                    assertThat(forked().state()).isIn(Future.State.SUCCESS, Future.State.CANCELLED);
                    closeAndAssertNothingIsLeft();
                });
    }

    /// Invariant 3.
    @ParameterizedTest
    @EnumSource
    void aSlotThatGetsFreeDuringTheEndIsTakenOrNot(Threads threads) {
        RaceTest.race(
                threads,
                () -> {
                    prepare(1);
                    fork(ctx -> {
                        gate.await();
                        return "first";
                    });
                },
                () -> fork(this::work),
                () -> {
                    gate.open();
                    request.cancel(gone);
                },
                () -> {
                    join();
                    boolean ran = forked().state() == Future.State.SUCCESS;
                    assertThat(begun).hasValue(ran ? 1 : 0);
                    if (!ran) {
                        assertThat(forked().exceptionNow()).hasCause(gone);
                    }
                    closeAndAssertNothingIsLeft();
                });
    }

    /// Invariant 3.
    @ParameterizedTest
    @EnumSource
    void aSlotThatGetsFreeDuringAnInterruptIsNotLost(Threads threads) {
        Thread forker = Thread.currentThread();
        RaceTest.race(
                threads,
                () -> {
                    prepare(1);
                    fork(ctx -> {
                        gate.await();
                        return "first";
                    });
                    future = null;
                },
                () -> {
                    fork(this::work);
                    // The other side interrupts in any case.
                    while (!Thread.interrupted() && !(thrown instanceof InterruptedException)) {
                        LockSupport.park();
                    }
                },
                () -> {
                    gate.open();
                    forker.interrupt();
                },
                () -> {
                    if (future == null) {
                        assertThat(thrown).isInstanceOf(InterruptedException.class);
                    }
                    fork(ctx -> "third");
                    assertThat(join()).isNull();
                    assertThat(forked().resultNow()).isEqualTo("third");
                    closeAndAssertNothingIsLeft();
                });
    }

    /// Forks fork, are cancelled, fail, and the deadline passes, while several threads fork at the limit.
    @ParameterizedTest
    @EnumSource
    void churnHoldsTheLimitAndLeavesNothing(Threads threads) {
        for (int round = 0; round < 100; round++) {
            prepare(3);
            AtomicInteger most = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            ConcurrentLinkedQueue<Future<String>> futures = new ConcurrentLinkedQueue<>();
            Context.Operation<String> counted = ctx -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                RealTime.pass(1);
                running.decrementAndGet();
                return "counted";
            };
            List<Threads.Job> jobs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                jobs.add(threads.start(() -> {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    for (int step = 0; step < 30; step++) {
                        Future<String> one = group.fork(counted);
                        futures.add(one);
                        futures.add(group.fork(ctx -> {
                            futures.add(group.fork(inner -> "inner"));
                            return "outer";
                        }));
                        if (random.nextInt(10) == 0) {
                            one.cancel(true);
                        }
                        if (random.nextInt(100) == 0 && over.compareAndSet(false, true)) {
                            clock.advance(Duration.ofMillis(1));
                        }
                    }
                }));
            }
            jobs.forEach(Threads.Job::join);
            Throwable joined = join();

            assertThat(most.get()).isLessThanOrEqualTo(3);
            assertThat(futures).allMatch(Future::isDone);
            if (futures.stream().anyMatch(each -> each.state() == Future.State.FAILED)) {
                assertThat(joined).isInstanceOf(DeadlineExceededException.class);
            } else {
                assertThat(joined).isNull();
            }
            closeAndAssertNothingIsLeft();
        }
    }
}
