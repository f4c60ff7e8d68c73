package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The specification of [Group].
class GroupTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final ManualClock clock = new ManualClock();
    private final CancellableContext request = clock.root().withCancel();
    private final Exception gone = new Exception("client disconnected");
    private final IOException refused = new IOException("connection refused");

    /// An operation that has begun, goes on until its context ends, and says so.
    private static final class Listening implements Context.Operation<String> {

        private final Gate begun = new Gate();
        private final Gate told = new Gate();

        @Override
        public String call(Context ctx) throws InterruptedException {
            begun.open();
            ctx.done().await();
            told.open();
            ctx.throwIfDone();
            return "not ended";
        }
    }

    /// An operation that goes on until it is let go, whatever happens to its context.
    private static final class Deaf implements Context.Operation<String> {

        private final Gate begun = new Gate();
        private final Gate go = new Gate();

        @Override
        public String call(Context ctx) {
            begun.open();
            go.await();
            return "done";
        }
    }

    private static Group.Task failing(Throwable failure) {
        return ctx -> {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (Exception) failure;
        };
    }

    private static void awaitDone(Future<?> future) {
        try {
            future.get(10, SECONDS);
        } catch (ExecutionException | CancellationException e) {
            // That is done, too.
        } catch (Exception e) {
            throw new AssertionError("not done after 10 s", e);
        }
    }

    @Nested
    class AFork {

        @ParameterizedTest
        @EnumSource
        void runsAtTheSameTimeAsOthersAndItsResultIsThereAfterTheJoin(Threads threads) {
            threads.start(() -> {
                        Gate both = new Gate(2);
                        try (var group = Group.of(request)) {
                            Future<String> one = group.fork(ctx -> meet(both, "one"));
                            Future<String> other = group.fork(ctx -> meet(both, "other"));

                            group.join();

                            assertThat(one.resultNow()).isEqualTo("one");
                            assertThat(other.resultNow()).isEqualTo("other");
                        }
                    })
                    .join();
        }

        private static String meet(Gate both, String name) {
            both.open();
            both.await();
            return name;
        }

        @Test
        void mayHaveNoResult() throws InterruptedException {
            AtomicReference<Context> own = new AtomicReference<>(request);
            try (var group = Group.of(request.withValue(USER, "ada"))) {
                group.execute(own::set);

                group.join();

                assertThat(own.get().value(USER)).isEqualTo("ada");
            }
        }

        @Test
        void withoutAResultMayFailToo() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    throw refused;
                });

                assertThatThrownBy(group::join).hasCause(refused);
            }
        }

        @Test
        void mayReturnNull() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<@Nullable String> future = group.<@Nullable String>fork(ctx -> null);

                group.join();

                assertThat(future.resultNow()).isNull();
            }
        }

        @Test
        void runsOnAVirtualThreadNamedAfterTheGroup() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<Thread> one = group.fork(ctx -> Thread.currentThread());
                Future<Thread> other = group.fork(ctx -> Thread.currentThread());

                group.join();

                assertThat(one.resultNow().isVirtual()).isTrue();
                assertThat(one.resultNow().getName()).matches("ripcord-group-\\d+-1");
                assertThat(other.resultNow().getName()).matches("ripcord-group-\\d+-2");
            }
        }

        @Test
        void inheritsInheritableThreadLocals() throws InterruptedException {
            InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
            tenant.set("acme");
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> tenant.get());

                group.join();

                assertThat(future.resultNow()).isEqualTo("acme");
            } finally {
                tenant.remove();
            }
        }

        @Test
        void seesTheValuesAndTheDeadlineOfTheParent() throws InterruptedException {
            Context parent = request.withTimeout(Duration.ofSeconds(2)).withValue(USER, "ada");
            try (var group = Group.of(parent)) {
                Future<@Nullable String> user = group.<@Nullable String>fork(ctx -> ctx.value(USER));
                Future<Boolean> deadline = group.fork(ctx -> ctx.deadline().equals(parent.deadline()));

                group.join();

                assertThat(user.resultNow()).isEqualTo("ada");
                assertThat(deadline.resultNow()).isTrue();
            }
        }

        @Test
        void hasItsContextAsTheCurrentOne() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<Boolean> future = group.fork(ctx -> ctx == Context.current());

                group.join();

                assertThat(future.resultNow()).isTrue();
                assertThat(Context.current()).isSameAs(Context.background());
            }
        }

        @Test
        void cannotCancelTheContextThatItIsGiven() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<Boolean> future = group.fork(ctx -> ctx instanceof CancellableContext);

                group.join();

                assertThat(future.resultNow()).isFalse();
                assertThat(group.context()).isNotInstanceOf(CancellableContext.class);
            }
        }

        @Test
        void isNotBegunOnceTheContextHasEnded() throws InterruptedException {
            AtomicBoolean begun = new AtomicBoolean();
            try (var group = Group.of(request)) {
                request.cancel(gone);

                Future<Boolean> future = group.fork(ctx -> begun.getAndSet(true));

                assertThat(future.state()).isEqualTo(Future.State.FAILED);
                assertThat(future.exceptionNow())
                        .isInstanceOf(CancelledException.class)
                        .hasCause(gone);
                assertThatThrownBy(group::join).isInstanceOf(CancelledException.class);
            }
            assertThat(begun).isFalse();
        }

        @Test
        void isNotBegunOnceTheDeadlineHasPassedUnnoticed() throws InterruptedException {
            try (var group = Group.of(request.withTimeout(Duration.ofSeconds(1)))) {
                clock.pass(Duration.ofSeconds(1));

                Future<String> future = group.fork(ctx -> "begun");

                assertThat(future.exceptionNow()).isInstanceOf(DeadlineExceededException.class);
                assertThatThrownBy(group::join).isInstanceOf(DeadlineExceededException.class);
            }
        }

        @Test
        void mayForkAndTheJoinWaitsForItsForksToo() throws InterruptedException {
            AtomicInteger leaves = new AtomicInteger();
            try (var group = Group.of(request)) {
                group.execute(ctx -> tree(group, 6, leaves));

                group.join();

                assertThat(leaves).hasValue(64);
            }
        }

        private static int tree(Group group, int depth, AtomicInteger leaves) throws InterruptedException {
            if (depth == 0) {
                return leaves.incrementAndGet();
            }
            group.execute(ctx -> tree(group, depth - 1, leaves));
            group.execute(ctx -> tree(group, depth - 1, leaves));
            return depth;
        }

        @Test
        void ofAClosedGroupIsAMistake() {
            var group = Group.of(request);
            group.close();

            assertThatThrownBy(() -> group.fork(ctx -> "late")).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class AFailure {

        @ParameterizedTest
        @EnumSource
        void endsTheOthersAndIsTheCause(Threads threads) {
            threads.start(() -> {
                        Listening other = new Listening();
                        try (var group = Group.of(request)) {
                            Future<String> listening = group.fork(other);
                            other.begun.await();
                            Future<String> failed = group.fork(ctx -> {
                                throw refused;
                            });

                            assertThatThrownBy(group::join)
                                    .isInstanceOf(CompletionException.class)
                                    .hasCause(refused)
                                    .hasNoSuppressedExceptions();

                            assertThat(group.context()).isCancelledBecauseOf(refused);
                            assertThat(failed.exceptionNow()).isSameAs(refused);
                            assertThat(listening.exceptionNow())
                                    .isInstanceOf(CancelledException.class)
                                    .hasCause(refused);
                            assertThat(other.told.isOpen()).isTrue();
                        }
                        assertThat(request).isLive();
                    })
                    .join();
        }

        @Test
        void thatComesLaterIsSuppressedUnlessItTellsOfTheFirst() throws InterruptedException {
            IOException later = new IOException("broken pipe");
            IOException echo = new IOException("read failed");
            Gate begun = new Gate(2);
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw later;
                });
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    echo.initCause(ctx.err().orElseThrow());
                    throw echo;
                });
                begun.await();
                group.execute(failing(refused));

                assertThatThrownBy(group::join)
                        .hasCause(refused)
                        .hasSuppressedException(later)
                        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            }
        }

        @Test
        void isThrownByEachJoin() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.execute(failing(refused));

                assertThatThrownBy(group::join).hasCause(refused);
                assertThatThrownBy(group::join).hasCause(refused);
            }
        }

        @Test
        void thatIsAnErrorIsThrownAsItIs() throws InterruptedException {
            AssertionError bug = new AssertionError("off by one");
            try (var group = Group.of(request)) {
                group.execute(failing(bug));

                assertThatThrownBy(group::join).isSameAs(bug);
                assertThat(group.context()).isCancelledBecauseOf(bug);
            }
        }

        @Test
        void thatIsAnErrorIsThrownEvenIfAnExceptionCameFirst() throws InterruptedException {
            AssertionError bug = new AssertionError("off by one");
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw bug;
                });
                begun.await();
                group.execute(failing(refused));

                assertThatThrownBy(group::join).isSameAs(bug);
                assertThat(group.context()).isCancelledBecauseOf(refused);
            }
        }

        @Test
        void byADeadlineOfItsOwnIsAFailureAndNotTheGroupsEnd() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    try (var own = ctx.withTimeout(Duration.ZERO, "lookup")) {
                        own.throwIfDone();
                    }
                });

                assertThatThrownBy(group::join)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(DeadlineExceededException.class);
            }
        }

        @Test
        void thatTheOperationCatchesIsNone() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    try {
                        throw refused;
                    } catch (IOException e) {
                        return "nobody";
                    }
                });

                group.join();

                assertThat(future.resultNow()).isEqualTo("nobody");
                assertThat(group.context()).isLive();
            }
        }

        @Test
        void whoseCausesFormACircleIsSuppressedLikeAnother() throws InterruptedException {
            Exception head = new Exception("head");
            head.initCause(new Exception("tail", head));
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw head;
                });
                begun.await();
                group.execute(failing(refused));

                assertThatThrownBy(group::join).hasCause(refused).hasSuppressedException(head);
            }
        }
    }

    @Nested
    class TheEndOfTheParent {

        @ParameterizedTest
        @EnumSource
        void endsAllForksAndIsThrownAsItIs(Threads threads) {
            Listening listening = new Listening();
            var caller = threads.start(() -> {
                try (var group = Group.of(request)) {
                    group.execute(listening::call);
                    group.join();
                }
            });
            listening.begun.await();
            request.cancel(gone);

            assertThatThrownBy(caller::join)
                    .cause()
                    .isInstanceOf(CancelledException.class)
                    .hasCause(gone);
            assertThat(listening.told.isOpen()).isTrue();
        }

        @Test
        void leavesTheResultsThatAreThere() throws InterruptedException {
            Listening slow = new Listening();
            try (var group = Group.of(request.withTimeout(Duration.ofSeconds(1), "search"))) {
                Future<String> quick = group.fork(ctx -> "found");
                Future<String> late = group.fork(slow);
                awaitDone(quick);
                slow.begun.await();
                clock.advance(Duration.ofSeconds(1));

                assertThatThrownBy(group::join)
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: search 1s, ");
                assertThat(quick.resultNow()).isEqualTo("found");
                assertThat(late.exceptionNow()).isInstanceOf(DeadlineExceededException.class);
            }
        }

        @Test
        void isNoneToAJoinIfAllHaveSucceeded() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    request.cancel(gone);
                    return "found";
                });

                group.join();

                assertThat(future.resultNow()).isEqualTo("found");
            }
        }

        @Test
        void carriesTheFailuresThatItBroughtAbout() throws InterruptedException {
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw refused;
                });
                begun.await();
                request.cancel(gone);

                assertThatThrownBy(group::join)
                        .isInstanceOf(CancelledException.class)
                        .hasCause(gone)
                        .hasSuppressedException(refused);
            }
        }
    }

    @Nested
    class ALimit {

        @Test
        void holdsWhateverTheNumberOfForks() throws InterruptedException {
            AtomicInteger now = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Future<Integer>> futures = new ArrayList<>();
            try (var group = Group.of(request, 3)) {
                for (int i = 0; i < 300; i++) {
                    int number = i;
                    futures.add(group.fork(ctx -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        RealTime.pass(1);
                        now.decrementAndGet();
                        return number;
                    }));
                }
                group.join();
            }

            assertThat(most.get()).isBetween(1, 3);
            assertThat(futures).hasSize(300).allMatch(future -> future.state() == Future.State.SUCCESS);
        }

        @ParameterizedTest
        @EnumSource
        void makesForkWaitForASlot(Threads threads) throws InterruptedException {
            Deaf first = new Deaf();
            try (var group = Group.of(request, 1)) {
                group.execute(first::call);
                first.begun.await();
                var forker = threads.start(() -> group.execute(ctx -> {}));
                forker.awaitParked();

                first.go.open();

                forker.join();
                group.join();
            }
        }

        @ParameterizedTest
        @EnumSource
        void isNotWaitedForOnceTheContextHasEnded(Threads threads) throws InterruptedException {
            Deaf first = new Deaf();
            AtomicReference<@Nullable Future<String>> second = new AtomicReference<>();
            try (var group = Group.of(request, 1)) {
                group.execute(first::call);
                first.begun.await();
                var forker = threads.start(() -> second.set(group.fork(ctx -> "begun")));
                forker.awaitParked();

                request.cancel(gone);

                forker.join();
                assertThat(requireNonNull(second.get()).exceptionNow())
                        .isInstanceOf(CancelledException.class)
                        .hasCause(gone);
                first.go.open();
                assertThatThrownBy(group::join).isInstanceOf(CancelledException.class);
            }
        }

        @ParameterizedTest
        @EnumSource
        void isWaitedForUntilAnInterruptAndTheGroupStaysOpen(Threads threads) throws InterruptedException {
            Deaf first = new Deaf();
            try (var group = Group.of(request, 1)) {
                group.execute(first::call);
                first.begun.await();
                var forker = threads.start(() -> group.execute(ctx -> {}));
                forker.awaitParked();

                forker.thread().interrupt();

                assertThatThrownBy(forker::join).cause().isInstanceOf(InterruptedException.class);
                first.go.open();
                group.join();
                Future<String> third = group.fork(ctx -> "third");
                group.join();
                assertThat(third.resultNow()).isEqualTo("third");
                assertThat(Insides.listeners(request)).isZero();
            }
        }

        @Test
        void withAFreeSlotDoesNotMindAnInterrupt() throws InterruptedException {
            try (var group = Group.of(request, 1)) {
                Thread.currentThread().interrupt();

                Future<String> future = group.fork(ctx -> "found");

                assertThat(Thread.interrupted()).isTrue();
                group.join();
                assertThat(future.resultNow()).isEqualTo("found");
            }
        }

        @Test
        void doesNotMakeAForkWaitForItself() throws InterruptedException {
            AtomicInteger leaves = new AtomicInteger();
            try (var group = Group.of(request, 2)) {
                group.execute(ctx -> AFork.tree(group, 6, leaves));

                group.join();

                assertThat(leaves).hasValue(64);
            }
        }

        @Test
        void makesAForkRunWhatItForksItself() throws InterruptedException {
            try (var group = Group.of(request, 1)) {
                Future<Boolean> future = group.fork(outer -> {
                    Thread forker = Thread.currentThread();
                    Future<Boolean> inner =
                            group.fork(ctx -> Thread.currentThread() == forker && Context.current() == ctx);
                    return inner.resultNow() && Context.current() == outer;
                });

                group.join();

                assertThat(future.resultNow()).isTrue();
            }
        }
    }

    @Nested
    class AFuture {

        @Test
        void thatIsCancelledEndsItsForkAlone() throws InterruptedException {
            Listening one = new Listening();
            Deaf other = new Deaf();
            try (var group = Group.of(request)) {
                Future<String> cancelled = group.fork(one);
                Future<String> going = group.fork(other);
                one.begun.await();

                assertThat(cancelled.cancel(true)).isTrue();

                one.told.await();
                assertThat(cancelled.state()).isEqualTo(Future.State.CANCELLED);
                assertThat(group.context()).isLive();
                other.go.open();
                group.join();
                assertThat(going.resultNow()).isEqualTo("done");
            }
        }

        @Test
        void thatIsCancelledInterruptsNobodyAndTellsWhy() throws InterruptedException {
            AtomicReference<Throwable> cause = new AtomicReference<>(gone);
            AtomicBoolean interrupted = new AtomicBoolean(true);
            Gate begun = new Gate();
            Gate go = new Gate();
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    begun.open();
                    go.await();
                    cause.set(ctx.cause().orElseThrow());
                    interrupted.set(Thread.currentThread().isInterrupted());
                    return "dropped";
                });
                begun.await();

                future.cancel(true);

                go.open();
                group.join();
            }
            assertThat(cause.get()).isInstanceOf(CancellationException.class);
            assertThat(interrupted).isFalse();
        }

        @Test
        void thatIsCancelledDropsWhatItsForkThrowsAfterThat() throws InterruptedException {
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw refused;
                });
                begun.await();

                future.cancel(false);

                assertThatCode(group::join).doesNotThrowAnyException();
                assertThat(group.context()).isLive();
            }
        }

        @Test
        void thatIsCancelledDropsNoError() throws InterruptedException {
            AssertionError bug = new AssertionError("off by one");
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    begun.open();
                    ctx.done().await();
                    throw bug;
                });
                begun.await();

                future.cancel(false);

                assertThatThrownBy(group::join).isSameAs(bug);
            }
        }

        @Test
        void thatIsDoneCannotBeCancelled() throws InterruptedException {
            AtomicReference<Context> own = new AtomicReference<>(request);
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(ctx -> {
                    own.set(ctx);
                    return "found";
                });
                group.join();

                assertThat(future.cancel(true)).isFalse();

                assertThat(future.resultNow()).isEqualTo("found");
                assertThat(own.get()).isLive();
            }
        }
    }

    @Nested
    class Join {

        @Test
        void withoutForksReturnsAtOnce() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.join();

                assertThat(group.context()).isLive();
            }
        }

        @Test
        void leavesTheGroupOpenForTheNextPhase() throws InterruptedException {
            try (var group = Group.of(request)) {
                Future<Integer> one = group.fork(ctx -> 1);
                group.join();

                Future<Integer> two = group.fork(ctx -> one.resultNow() + 1);
                group.join();

                assertThat(two.resultNow()).isEqualTo(2);
            }
        }

        @Test
        void leavesTheContextsAliveUntilTheClose() throws InterruptedException {
            AtomicReference<Context> own = new AtomicReference<>(request);
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    own.set(ctx);
                });
                group.join();

                assertThat(own.get()).isLive();
                assertThat(group.context()).isLive();
            }
            assertThat(own.get()).isCancelled();
        }

        @ParameterizedTest
        @EnumSource
        void waitsForAForkThatDoesNotListen(Threads threads) {
            Deaf deaf = new Deaf();
            var joiner = threads.start(() -> {
                try (var group = Group.of(request)) {
                    group.execute(deaf::call);
                    group.join();
                }
            });
            deaf.begun.await();
            request.cancel(gone);

            joiner.awaitParked();

            deaf.go.open();
            joiner.join();
        }

        @ParameterizedTest
        @EnumSource
        void thatIsInterruptedLeavesTheGroupOpen(Threads threads) throws InterruptedException {
            Deaf deaf = new Deaf();
            try (var group = Group.of(request)) {
                Future<String> future = group.fork(deaf);
                var joiner = threads.start(group::join);
                joiner.awaitParked();

                joiner.thread().interrupt();

                assertThatThrownBy(joiner::join).cause().isInstanceOf(InterruptedException.class);
                assertThat(group.context()).isLive();
                deaf.go.open();
                group.join();
                assertThat(future.resultNow()).isEqualTo("done");
            }
        }

        @Test
        void inAForkIsAMistake() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    group.join();
                });

                assertThatThrownBy(group::join).hasCauseInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Nested
    class Close {

        @ParameterizedTest
        @EnumSource
        void endsWhatStillRunsAndWaitsForIt(Threads threads) {
            Listening listening = new Listening();
            threads.start(() -> {
                        try (var group = Group.of(request)) {
                            group.execute(listening::call);
                            listening.begun.await();
                        }
                        assertThat(listening.told.isOpen()).isTrue();
                    })
                    .join();
            assertThat(request).isLive();
        }

        @ParameterizedTest
        @EnumSource
        void waitsInSpiteOfAnInterruptAndKeepsIt(Threads threads) {
            Deaf deaf = new Deaf();
            AtomicBoolean kept = new AtomicBoolean();
            var closer = threads.start(() -> {
                try (var group = Group.of(request)) {
                    group.execute(deaf::call);
                    deaf.begun.await();
                    Thread.currentThread().interrupt();
                }
                kept.set(Thread.interrupted());
            });
            deaf.begun.await();
            closer.awaitParked();

            deaf.go.open();

            closer.join();
            assertThat(kept).isTrue();
        }

        @Test
        void throwsTheFailureThatNobodyJoined() {
            assertThatThrownBy(() -> {
                        try (var group = Group.of(request)) {
                            awaitDone(group.fork(ctx -> {
                                throw refused;
                            }));
                        }
                    })
                    .isInstanceOf(CompletionException.class)
                    .hasCause(refused);
        }

        @Test
        void throwsTheErrorThatNobodyJoined() {
            AssertionError bug = new AssertionError("off by one");
            Gate begun = new Gate();

            assertThatThrownBy(() -> {
                        try (var group = Group.of(request)) {
                            group.execute(ctx -> {
                                begun.open();
                                ctx.done().await();
                                throw bug;
                            });
                            begun.await();
                        }
                    })
                    .isSameAs(bug);
        }

        @Test
        void doesNotRepeatWhatAJoinHasThrown() throws InterruptedException {
            var group = Group.of(request);
            group.execute(failing(refused));
            assertThatThrownBy(group::join).hasCause(refused);

            assertThatCode(group::close).doesNotThrowAnyException();
        }

        @Test
        void doesNotThrowWhatItBroughtAbout() {
            Gate begun = new Gate();

            assertThatCode(() -> {
                        try (var group = Group.of(request)) {
                            group.execute(ctx -> {
                                begun.open();
                                ctx.done().await();
                                throw refused;
                            });
                            begun.await();
                        }
                    })
                    .doesNotThrowAnyException();
        }

        @Test
        void twiceDoesNothingMore() {
            var group = Group.of(request);
            group.close();

            assertThatCode(group::close).doesNotThrowAnyException();
            assertThat(group.context()).isCancelled();
        }

        @Test
        void inAForkIsAMistake() throws InterruptedException {
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    group.close();
                });

                assertThatThrownBy(group::join).hasCauseInstanceOf(IllegalStateException.class);
            }
        }

        @Test
        void failsTheFutureOfAForkThatForksDuringIt() throws InterruptedException {
            AtomicReference<@Nullable Future<String>> late = new AtomicReference<>();
            Gate begun = new Gate();
            try (var group = Group.of(request)) {
                group.execute(ctx -> {
                    begun.open();
                    ctx.done().await();
                    late.set(group.fork(inner -> "begun"));
                });
                begun.await();
            }

            assertThat(requireNonNull(late.get()).exceptionNow()).isInstanceOf(CancelledException.class);
        }
    }

    @Nested
    class Text {

        @Test
        void tellsHowManyRunAndWhere() throws InterruptedException {
            Deaf deaf = new Deaf();
            try (var group = Group.of(request.withValue(USER, "ada"))) {
                group.execute(deaf::call);

                assertThat(group).hasToString("group(1 running) at test.withCancel.withValue(user).withCancel");
                deaf.go.open();
            }
        }

        @Test
        void tellsTheLimit() {
            try (var group = Group.of(request, 8)) {
                assertThat(group).hasToString("group(0 of at most 8 running) at test.withCancel.withCancel");
            }
        }
    }
}
