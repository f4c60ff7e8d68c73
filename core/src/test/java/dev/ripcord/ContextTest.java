package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Context] in the order of its specification. Values, callbacks, the ambient context and text have tests of their
/// own.
class ContextTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final Exception gone = new Exception("client disconnected");

    @Nested
    class Roots {

        @Test
        void theBackgroundNeverEndsAndHasNeitherDeadlineNorValues() {
            Context background = Context.background();

            assertThat(background).isLive().hasToString("background").isSameAs(Context.background());
            assertThat(background.done().isNever()).isTrue();
            assertThat(background.deadline()).isEmpty();
            assertThat(background.value(USER)).isNull();
        }

        @Test
        void todoIsABackgroundOfAnotherName() {
            Context todo = Context.todo();

            assertThat(todo).isLive().hasToString("todo").isSameAs(Context.todo());
            assertThat(todo.done().isNever()).isTrue();
            assertThat(todo.deadline()).isEmpty();
            assertThat(todo.value(USER)).isNull();
            assertThat(todo).isNotEqualTo(Context.background());
        }
    }

    @Nested
    class Descent {

        @Test
        void anEndReachesEveryDescendantBeforeCancelReturns() {
            var top = root.withCancel();
            Context value = top.withValue(USER, "ada");
            Context scope = value.withCancel();
            Context timed = scope.withTimeout(Duration.ofHours(1));
            assertThat(timed).isLive();

            top.cancel();

            assertThat(top).isCancelled();
            assertThat(value).isCancelled();
            assertThat(scope).isCancelled();
            assertThat(timed).isCancelled();
        }

        @Test
        void anEndReachesDescendantsThatAreListenedToWithoutAnybodyAsking() throws InterruptedException {
            var top = root.withCancel();
            Gate all = new Gate(3);
            top.withCancel().afterFunc(all::open);
            top.withValue(USER, "ada").withTimeout(Duration.ofHours(1)).afterFunc(all::open);
            top.afterFunc(all::open);

            top.cancel();

            all.await();
            assertThat(Insides.isAttached(top)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void anEndNeverReachesTheParentNorTheSiblings() {
            var parent = root.withCancel();
            var child = parent.withCancel();
            var sibling = parent.withCancel();

            child.cancel(gone);

            assertThat(child).isCancelledBecauseOf(gone);
            assertThat(parent).isLive();
            assertThat(sibling).isLive();
        }

        @Test
        void whatIsDerivedFromAnEndedContextHasEndedInTheSameWay() {
            var parent = root.withTimeout(Duration.ofHours(1)).withCancel();
            parent.cancel(gone);

            assertThat(parent.withValue(USER, "ada")).isCancelledBecauseOf(gone);
            assertThat(parent.withCancel()).isCancelledBecauseOf(gone);
            assertThat(parent.withTimeout(Duration.ofHours(2))).isCancelledBecauseOf(gone);
            assertThat(parent.withTimeout(Duration.ZERO, "past")).isCancelledBecauseOf(gone);
        }

        @Test
        void theEndOfAnEndedParentWinsOverAPastDeadlineWhichIsStillReported() {
            var parent = root.withCancel();
            parent.cancel(gone);

            Context child = parent.withTimeout(Duration.ofSeconds(-3));

            assertThat(child).isCancelledBecauseOf(gone);
            assertThat(child.deadline().orElseThrow().remaining()).isEqualTo(Duration.ofSeconds(-3));
        }

        @Test
        void allOfATreeShareOneEnd() {
            var parent = root.withCancel();
            Context child = parent.withCancel().withValue(USER, "ada");

            parent.cancel(gone);

            assertThat(child.err().orElseThrow()).isSameAs(parent.err().orElseThrow());
        }

        /// Go's TestLayersCancel: random layers, and any of the ancestors ends the leaf.
        @Test
        void anyAncestorEndsTheLeafAndTheValuesStay() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int round = 0; round < 200; round++) {
                Layers layers = new Layers(random);
                assertThat(layers.leaf).as("seed %d", seed).isLive();
                layers.assertValues(seed);

                layers.scopes.get(random.nextInt(layers.scopes.size())).cancel();

                assertThat(layers.leaf).as("seed %d", seed).isCancelled();
                layers.assertValues(seed);
                layers.top.close();
            }
        }

        /// Go's TestLayersTimeout.
        @Test
        void theEarliestDeadlineAmongTheLayersEndsTheLeafAndTheValuesStay() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int round = 0; round < 200; round++) {
                Layers layers = new Layers(random);
                Deadline earliest = layers.leaf.deadline().orElseThrow();

                clock.advance(earliest.remaining().minusNanos(1));
                assertThat(layers.leaf).as("seed %d", seed).isLive();
                clock.advance(Duration.ofNanos(1));

                assertThat(layers.leaf).as("seed %d", seed).isOutOfTime();
                layers.assertValues(seed);
                layers.top.close();
            }
        }

        private final class Layers {

            private final List<CancellableContext> scopes = new ArrayList<>();
            private final List<Key<Integer>> keys = new ArrayList<>();
            private final CancellableContext top = root.withTimeout(Duration.ofHours(1));
            private Context leaf = top;

            Layers(Random random) {
                for (int i = 0; i < 30 || scopes.isEmpty(); i++) {
                    switch (random.nextInt(3)) {
                        case 0 -> {
                            Key<Integer> key = Key.of("key" + keys.size());
                            leaf = leaf.withValue(key, keys.size());
                            keys.add(key);
                        }
                        case 1 -> push(leaf.withCancel());
                        default -> push(leaf.withTimeout(Duration.ofMillis(1 + random.nextInt(5_000_000))));
                    }
                    if (random.nextInt(10) == 0) {
                        leaf.afterFunc(() -> {});
                    }
                }
            }

            private void push(CancellableContext scope) {
                scopes.add(scope);
                leaf = scope;
            }

            void assertValues(long seed) {
                for (int i = 0; i < keys.size(); i++) {
                    assertThat(leaf.value(keys.get(i)))
                            .as("key %d, seed %d", i, seed)
                            .isEqualTo(i);
                }
            }
        }
    }

    @Nested
    class TheDeadline {

        @Test
        void aContextHasTheEarliestOfItsOwnAndItsAncestorsDeadlines() {
            Context early = root.withTimeout(Duration.ofSeconds(2));
            Context late = early.withTimeout(Duration.ofSeconds(5));
            Context earlier = late.withCancel().withValue(USER, "ada").withTimeout(Duration.ofSeconds(1));

            assertThat(root.deadline()).isEmpty();
            assertThat(late.deadline()).isEqualTo(early.deadline());
            assertThat(late.withCancel().withValue(USER, "bob").deadline()).isEqualTo(early.deadline());
            assertThat(earlier.deadline().orElseThrow().remaining()).isEqualTo(Duration.ofSeconds(1));
        }

        @Test
        void itDoesNotChangeWithTheEnd() {
            var scope = root.withTimeout(Duration.ofSeconds(2));
            var before = scope.deadline();

            scope.cancel();
            clock.advance(Duration.ofSeconds(3));

            assertThat(scope.deadline()).isEqualTo(before);
        }

        @Test
        void endsTheContextWhenItPasses() {
            Context scope = root.withTimeout(Duration.ofSeconds(2), "search");

            clock.advance(Duration.ofSeconds(2).minusNanos(1));
            assertThat(scope).isLive();
            clock.advance(Duration.ofNanos(1));

            assertThat(scope).isOutOfTime("search");
        }

        @Test
        void endsDescendantsThatWouldHaveMoreTime() {
            Context child = root.withTimeout(Duration.ofSeconds(2), "request")
                    .withValue(USER, "ada")
                    .withTimeout(Duration.ofSeconds(5), "search");

            clock.advance(Duration.ofSeconds(2));

            assertThat(child).isOutOfTime("request");
        }

        @Test
        void endsOnlyTheDescendantThatHasLessTime() {
            Context parent = root.withTimeout(Duration.ofSeconds(5), "request");
            Context child = parent.withTimeout(Duration.ofSeconds(2), "search");

            clock.advance(Duration.ofSeconds(2));

            assertThat(child).isOutOfTime("search");
            assertThat(parent).isLive();
        }

        @Test
        void thatIsNowOrPastEndsTheContextAtOnce() {
            assertThat(root.withTimeout(Duration.ZERO, "now")).isOutOfTime("now");
            assertThat(root.withTimeout(Duration.ofNanos(-1), "past")).isOutOfTime("past");
            assertThat(root.withTimeout(Duration.ofSeconds(Long.MIN_VALUE), "long past"))
                    .isOutOfTime("long past");
            assertThat(root.withDeadline(Deadline.after(Duration.ofDays(-1)), "yesterday"))
                    .isOutOfTime("yesterday");
        }

        @Test
        void thatIsFartherThanTheClockCanCountIsFarAway() {
            Context scope = root.withTimeout(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));

            assertThat(scope).isLive();
            assertThat(scope.deadline().orElseThrow().remaining()).isGreaterThan(Duration.ofDays(365 * 70));
        }

        @Test
        void tellsItsNameItsBudgetAndHowFarOver() {
            Context scope = root.withTimeout(Duration.ofMillis(300), "search");

            clock.advance(Duration.ofMillis(320));
            DeadlineExceededException end =
                    (DeadlineExceededException) scope.err().orElseThrow();

            assertThat(end.name()).contains("search");
            assertThat(end.budget()).contains(Duration.ofMillis(300));
            assertThat(end.over()).isEqualTo(Duration.ofMillis(20));
        }

        /// Go drops the cause of a child's deadline when the parent's is sooner, and may when it is the same.
        @Test
        void thatFiredIsTheOneThatIsNamedEvenIfAParentIsSooner() {
            Context sooner = root.withTimeout(Duration.ofSeconds(1), "request");
            Context later = sooner.withTimeout(Duration.ofSeconds(2), "search");
            Context same = sooner.withDeadline(sooner.deadline().orElseThrow(), "same");

            clock.advance(Duration.ofSeconds(1));

            assertThat(later).isOutOfTime("request").asString().contains("search 2s");
            assertThat(same).isOutOfTime("request").asString().contains("same 1s");
        }

        @Test
        void ofAnAncestorIsTheOnlyOneWithATimer() {
            try (var parent = root.withTimeout(Duration.ofSeconds(1))) {
                Context same = parent.withDeadline(parent.deadline().orElseThrow());
                Context later = parent.withTimeout(Duration.ofSeconds(2));

                same.afterFunc(() -> {});
                later.afterFunc(() -> {});

                assertThat(clock.armed()).isEqualTo(1);
            }
        }
    }

    @Nested
    class R1LazyAttachment {

        @Test
        void aScopeThatNobodyListensToIsUnknownToItsParentAndArmsNoTimer() {
            Context parent = root.withTimeout(Duration.ofHours(1));
            Context child = parent.withTimeout(Duration.ofMinutes(1));

            assertThat(child).isLive();
            assertThat(child.withValue(USER, "ada").withCancel()).isLive();

            assertThat(Insides.isAttached(child)).isFalse();
            assertThat(Insides.listeners(parent)).isZero();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void theFirstListenerAttachesTheWholeLineAndTheLastDetachesIt() {
            Context parent = root.withTimeout(Duration.ofHours(1));
            Context child = parent.withTimeout(Duration.ofMinutes(1));

            Registration first = child.afterFunc(() -> {});
            Registration second = child.afterFunc(() -> {});
            assertThat(Insides.listeners(child)).isEqualTo(2);
            assertThat(Insides.listeners(parent)).isEqualTo(1);
            assertThat(clock.armed()).isEqualTo(2);
            first.stop();
            assertThat(Insides.isAttached(child)).isTrue();
            second.stop();

            assertThat(Insides.isAttached(child)).isFalse();
            assertThat(Insides.isAttached(parent)).isFalse();
            assertThat(Insides.listeners(parent)).isZero();
            assertThat(clock.armed()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void aWaiterAttachesUntilItLeaves(Threads threads) {
            Context parent = root.withTimeout(Duration.ofHours(1));
            Context child = parent.withCancel();

            var waiter = threads.start(
                    () -> assertThatThrownBy(child.done()::await).isInstanceOf(InterruptedException.class));
            waiter.awaitParked();
            assertThat(Insides.listeners(parent)).isEqualTo(1);
            assertThat(clock.armed()).isEqualTo(1);
            waiter.thread().interrupt();
            waiter.join();

            assertThat(Insides.isAttached(child)).isFalse();
            assertThat(Insides.isAttached(parent)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        /// Go's TestCancelRemoves.
        @Test
        void anEndDetachesFromTheParentAndStopsTheTimer() {
            var parent = root.withCancel();
            var cancelled = parent.withCancel();
            var closed = parent.withTimeout(Duration.ofHours(1));
            cancelled.afterFunc(() -> {});
            closed.afterFunc(() -> {});
            assertThat(Insides.listeners(parent)).isEqualTo(2);

            cancelled.cancel();
            assertThat(Insides.listeners(parent)).isEqualTo(1);
            closed.close();

            assertThat(Insides.listeners(parent)).isZero();
            assertThat(Insides.isAttached(parent)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void aPollOfADeepScopeAttachesItInsteadOfWalkingAgain() {
            Context leaf = chain(root.withCancel(), 100);
            assertThat(Insides.isAttached(leaf)).isFalse();

            assertThat(leaf).isLive();

            assertThat(Insides.isAttached(leaf)).isTrue();
            assertThat(Insides.isComplete(leaf)).isTrue();
            assertThat(Insides.isAttachedStrongly(leaf)).isFalse();
        }

        @Test
        void aPollOfADeepScopeArmsNoTimer() {
            Context leaf = chain(root.withTimeout(Duration.ofHours(1)), 100).withTimeout(Duration.ofMinutes(1));

            assertThat(leaf).isLive();

            assertThat(Insides.isAttached(leaf)).isTrue();
            assertThat(clock.armed()).isZero();
            clock.advance(Duration.ofMinutes(1));
            assertThat(leaf).isOutOfTime();
        }

        @Test
        void aDeepLineStaysAttachedWhenTheScopeThatPolledCloses() {
            Context line = chain(root.withCancel(), 100);

            try (var leaf = line.withCancel()) {
                assertThat(leaf).isLive();
            }

            assertThat(Insides.isComplete(line)).isTrue();
            assertThat(Insides.isAttachedStrongly(line)).isFalse();
            assertThat(Insides.listeners(line)).isZero();
        }

        @Test
        void aShallowScopeIsPolledWithoutAttaching() {
            Context leaf = chain(root.withCancel(), ScopeNode.POLL_LIMIT - 1);

            assertThat(leaf).isLive();

            assertThat(Insides.isAttached(leaf)).isFalse();
        }

        @Test
        void aListenerMakesAWeakAttachmentStrongAndArmsTheTimers() {
            Context top = root.withTimeout(Duration.ofHours(1));
            Context leaf = chain(top, 20);
            assertThat(leaf).isLive();

            Registration registration = leaf.afterFunc(() -> {});

            assertThat(Insides.isAttachedStrongly(leaf)).isTrue();
            assertThat(Insides.isAttachedStrongly(top)).isTrue();
            assertThat(Insides.listeners(top)).isEqualTo(1);
            assertThat(clock.armed()).isEqualTo(1);
            registration.stop();
            assertThat(Insides.isAttached(top)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void anAttachedScopeHearsOfAnEndWithoutAsking() {
            var top = root.withCancel();
            Context leaf = chain(top, 100);
            assertThat(leaf).isLive();

            top.cancel(gone);

            assertThat(Insides.isAttached(leaf)).isFalse();
            assertThat(leaf).isCancelledBecauseOf(gone);
        }
    }

    @Nested
    class R2TheClockDecides {

        @Test
        void theFirstQuestionAfterTheDeadlineEndsTheContextBeforeAnyTimer() {
            Context asked = root.withTimeout(Duration.ofSeconds(1), "search");
            Gate called = new Gate();
            asked.withCancel().afterFunc(called::open);

            clock.pass(Duration.ofSeconds(1));

            assertThat(asked).isOutOfTime("search");
            called.await();
            assertThat(clock.armed()).isZero();
        }

        /// Unlike Go, where the timer would have fired.
        @Test
        void aDeadlineThatNobodySawPassLosesToTheParentsCancel() {
            var parent = root.withCancel();
            Context unseen = parent.withTimeout(Duration.ofSeconds(1));
            Context seen = parent.withTimeout(Duration.ofSeconds(1));

            clock.pass(Duration.ofSeconds(2));
            assertThat(seen).isOutOfTime();
            parent.cancel(gone);

            assertThat(seen).isOutOfTime();
            assertThat(unseen).isCancelledBecauseOf(gone);
        }

        @ParameterizedTest
        @EnumSource
        void aQuestionReleasesTheWaiters(Threads threads) {
            Context scope = root.withTimeout(Duration.ofSeconds(1));
            var waiter = threads.start(scope.withCancel().done()::await);
            waiter.awaitParked();

            clock.pass(Duration.ofSeconds(1));
            assertThat(scope.done().isDone()).isTrue();

            waiter.join();
        }

        @Test
        void cancelAndCloseAfterTheDeadlineLeaveDeadlineExceeded() {
            var cancelled = root.withTimeout(Duration.ofSeconds(1), "cancelled");
            var closed = root.withTimeout(Duration.ofSeconds(1), "closed");
            var ofParent = root.withTimeout(Duration.ofSeconds(1), "parent").withCancel();

            clock.pass(Duration.ofSeconds(1));

            assertThat(cancelled.cancel(gone)).isFalse();
            closed.close();
            assertThat(ofParent.cancel()).isFalse();
            assertThat(cancelled).isOutOfTime("cancelled");
            assertThat(closed).isOutOfTime("closed");
            assertThat(ofParent).isOutOfTime("parent");
        }

        @Test
        void anEndThatCameBeforeTheDeadlineStays() {
            var parent = root.withCancel();
            Context child = parent.withTimeout(Duration.ofSeconds(1));

            parent.cancel(gone);
            clock.pass(Duration.ofSeconds(2));

            assertThat(child).isCancelledBecauseOf(gone);
        }

        @Test
        void aDeadlineThatHadPassedWhenItWasSetWinsOverALaterEndOfTheParent() {
            var parent = root.withCancel();
            Context child = parent.withTimeout(Duration.ZERO, "nothing left");

            parent.cancel(gone);

            assertThat(child).isOutOfTime("nothing left");
        }

        @Test
        void theDeadlineOfAnAncestorEndsTheAncestorToo() {
            Context parent = root.withTimeout(Duration.ofSeconds(1), "request");
            Context sibling = parent.withCancel();
            Gate called = new Gate();
            sibling.afterFunc(called::open);
            Context child = parent.withCancel();

            clock.pass(Duration.ofSeconds(1));
            assertThat(child).isOutOfTime("request");

            called.await();
            assertThat(Insides.isAttached(sibling)).isFalse();
        }

        @Test
        void timersEndContextsInTheOrderOfTheirDeadlines() throws InterruptedException {
            List<Context> contexts = new ArrayList<>();
            for (int i : List.of(5, 3, 1, 4, 2)) {
                Context context = root.withTimeout(Duration.ofMillis(i), "deadline " + i);
                context.afterFunc(() -> {});
                contexts.add(context);
            }

            clock.advance(Duration.ofMillis(3));

            assertThat(contexts)
                    .extracting(context -> context.err().isPresent())
                    .containsExactly(false, true, true, false, true);
            assertThat(clock.armed()).isEqualTo(2);
            clock.advance(Duration.ofMillis(2));
        }
    }

    @Nested
    class R3DepthOfValues {

        @Test
        void aScopeIsOneFieldAwayBelowAMillionValues() {
            var scope = root.withTimeout(Duration.ofHours(1));
            Context leaf = scope;
            for (int i = 0; i < 1_000_000; i++) {
                leaf = leaf.withValue(USER, "ada");
            }

            assertThat(((Node) leaf).scope() == scope).isTrue();
            assertThat(leaf.done()).isEqualTo(scope.done());
            assertThat(leaf.deadline()).isEqualTo(scope.deadline());
            assertThat(leaf.value(USER)).isEqualTo("ada");
            scope.cancel(gone);
            assertThat(leaf).isCancelledBecauseOf(gone);
        }

        @Test
        void valuesAreOneFieldAwayBelowAMillionScopes() {
            Context value = root.withValue(USER, "ada");
            Context leaf = chain(value.withCancel(), 1_000_000);

            assertThat(((Node) leaf).values()).isSameAs(value);
            assertThat(leaf.value(USER)).isEqualTo("ada");
        }
    }

    @Nested
    class R8LevelTriggered {

        @Test
        void anEndThatSomebodySwallowedIsReportedAgain() {
            var scope = root.withCancel();
            scope.cancel(gone);

            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(scope::throwIfDone).hasCause(gone);
            }
        }

        @ParameterizedTest
        @EnumSource
        void awaitingAnEndedContextReturnsEachTime(Threads threads) {
            var scope = root.withCancel();
            scope.close();

            threads.start(() -> {
                        scope.done().await();
                        scope.done().await();
                        assertThat(scope.done().await(Duration.ofHours(1))).isTrue();
                    })
                    .join();
        }
    }

    @Nested
    class ErrAndCause {

        @Test
        void errIsAlwaysTheSameAndHasNoStackOfItsOwn() {
            var scope = root.withCancel();
            scope.cancel(gone);

            ContextException err = scope.err().orElseThrow();

            assertThat(scope.err()).containsSame(err);
            assertThat(scope.withCancel().err()).containsSame(err);
            assertThat(err.getStackTrace()).isEmpty();
            assertThat(err.origin()).isEmpty();
        }

        @Test
        void causeIsWhatCancelWasGivenAndElseTheErr() {
            var with = root.withCancel();
            var without = root.withCancel();

            with.cancel(gone);
            without.cancel(null);

            assertThat(with).isCancelledBecauseOf(gone);
            assertThat(without).isCancelled();
        }

        @Test
        void throwIfDoneThrowsANewExceptionWithTheCallersStackAndThePath() {
            var scope = root.withCancel();
            scope.cancel(gone);

            CancelledException first = catchThrowableOfType(CancelledException.class, scope::throwIfDone);
            CancelledException second = catchThrowableOfType(CancelledException.class, scope::throwIfDone);

            assertThat(first).isNotSameAs(second).isNotSameAs(scope.err().orElseThrow());
            assertThat(first.getStackTrace()[0].getMethodName()).isIn("newException", "throwIfDone", "<init>");
            assertThat(first).hasMessageEndingWith(" at test.withCancel").hasCause(gone);
        }
    }

    @Nested
    class WithoutCancel {

        @Test
        void keepsTheValuesAndNothingElse() {
            var parent = root.withValue(USER, "ada").withTimeout(Duration.ofSeconds(1));

            Context detached = parent.withoutCancel();

            assertThat(detached.done().isNever()).isTrue();
            assertThat(detached.deadline()).isEmpty();
            assertThat(detached.value(USER)).isEqualTo("ada");
            assertThat(detached).isLive();
        }

        @Test
        void staysLiveWhenTheParentEndsAndAfterItHasEnded() {
            var parent = root.withTimeout(Duration.ofSeconds(1));
            Context before = parent.withoutCancel();

            parent.cancel(gone);

            assertThat(before).isLive();
            assertThat(parent.withoutCancel()).isLive();
        }

        @Test
        void isARootForScopesOfItsOwn() {
            var parent = root.withValue(USER, "ada").withCancel();
            parent.cancel();

            var fresh = parent.withoutCancel().withTimeout(Duration.ofSeconds(1), "afterwork");

            assertThat(fresh).isLive();
            assertThat(fresh.value(USER)).isEqualTo("ada");
            clock.advance(Duration.ofSeconds(1));
            assertThat(fresh).isOutOfTime("afterwork");
        }
    }

    /// A line of `length` scopes below `top`.
    static Context chain(Context top, int length) {
        Context leaf = top;
        for (int i = 0; i < length; i++) {
            leaf = leaf.withCancel();
        }
        return leaf;
    }
}
