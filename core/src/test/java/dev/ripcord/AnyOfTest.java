package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Context#anyOf]: a context with several parents.
class AnyOfTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final CancellableContext first = root.withValue(USER, "ada").withCancel();
    private final CancellableContext second = root.withValue(USER, "bob").withCancel();
    private final Exception gone = new Exception("client disconnected");
    private final Exception stopping = new Exception("server stopping");

    @Nested
    class Ends {

        @Test
        void withTheFirstOfThemToEndAndWithItsCause() {
            Context byFirst = Context.anyOf(first, root.withCancel());
            Context bySecond = Context.anyOf(root.withCancel(), second);
            assertThat(byFirst).isLive();
            assertThat(bySecond).isLive();

            first.cancel(gone);
            second.cancel(stopping);

            assertThat(byFirst).isCancelledBecauseOf(gone);
            assertThat(bySecond).isCancelledBecauseOf(stopping);
        }

        @Test
        void onceAndStaysAsItEnded() {
            Context either = Context.anyOf(first, second);
            second.cancel(stopping);
            assertThat(either).isCancelledBecauseOf(stopping);

            first.cancel(gone);

            assertThat(either).isCancelledBecauseOf(stopping);
        }

        @Test
        void noneOfItsParents() {
            var child = Context.anyOf(first, second).withCancel();

            child.cancel(gone);

            assertThat(child).isCancelledBecauseOf(gone);
            assertThat(first).isLive();
            assertThat(second).isLive();
        }

        /// While nobody listens there is nobody to see which was the first in time.
        @Test
        void asTheFirstInTheListIfSeveralHaveEndedBeforeAnybodyAsksOrListens() {
            Context either = Context.anyOf(first, second);
            Context nested = Context.anyOf(Context.anyOf(root.withCancel(), first), second);

            second.cancel(stopping);
            first.cancel(gone);

            assertThat(either).isCancelledBecauseOf(gone);
            assertThat(nested).isCancelledBecauseOf(gone);
        }

        @Test
        void asTheFirstInTheListIfSomebodyListensOnlyAfterwards() {
            Context either = Context.anyOf(first.withCancel(), second);
            Context nested = Context.anyOf(Context.anyOf(root.withCancel(), first), second)
                    .withCancel();
            second.cancel(stopping);
            first.cancel(gone);

            either.afterFunc(() -> {});
            nested.afterFunc(() -> {});

            assertThat(either).isCancelledBecauseOf(gone);
            assertThat(nested).isCancelledBecauseOf(gone);
        }

        @Test
        void asTheFirstInTimeIfSomebodyListens() {
            Context either = Context.anyOf(first, second);
            either.afterFunc(() -> {});

            second.cancel(stopping);
            first.cancel(gone);

            assertThat(either).isCancelledBecauseOf(stopping);
        }

        @Test
        void atOnceIfOneHasEndedOrIsClosed() {
            second.close();

            assertThat(Context.anyOf(first, second)).isCancelled();
            assertThat(Context.anyOf(second, first)).isCancelled();
        }

        @ParameterizedTest
        @EnumSource
        void releasingWhoWaitsForIt(Threads threads) {
            var waiter = threads.start(Context.anyOf(first, second).withCancel().done()::await);
            waiter.awaitParked();

            second.cancel();

            waiter.join();
            assertThat(Insides.isAttached(first)).isFalse();
            assertThat(Insides.isAttached(second)).isFalse();
        }

        @Test
        void pushedToCallbacksOnce() {
            AtomicInteger calls = new AtomicInteger();
            Gate called = new Gate();
            Context either = Context.anyOf(first, second, first, first.withCancel());
            Registration registration = either.afterFunc(() -> {
                calls.incrementAndGet();
                called.open();
            });

            first.cancel();
            second.cancel();

            called.await();
            assertThat(registration.stop()).isFalse();
            assertThat(calls).hasValue(1);
        }

        @Test
        void pushedAlsoAfterQuestionsHaveFoundItAttached() {
            Gate called = new Gate();
            Context either = Context.anyOf(root, second);
            either.afterFunc(called::open);
            assertThat(either).isLive();
            assertThat(Insides.isComplete(either)).isTrue();

            second.cancel(stopping);

            called.await();
        }
    }

    @Nested
    class R1LazyAttachment {

        @Test
        void nothingIsJoinedUntilSomebodyListensAndAllIsLeftAfterwards() {
            Context either = Context.anyOf(first, second);
            assertThat(either).isLive();
            assertThat(Insides.isAttached(first)).isFalse();
            assertThat(Insides.isAttached(second)).isFalse();

            Registration registration = either.afterFunc(() -> {});
            assertThat(Insides.listeners(first)).isEqualTo(1);
            assertThat(Insides.listeners(second)).isEqualTo(1);
            registration.stop();

            assertThat(Insides.isAttached(first)).isFalse();
            assertThat(Insides.isAttached(second)).isFalse();
        }

        @Test
        void theEndOfOneLeavesTheOthers() {
            Context either = Context.anyOf(first, second);
            either.afterFunc(() -> {});

            first.cancel();

            assertThat(Insides.isAttached(second)).isFalse();
            assertThat(Insides.listeners(second)).isZero();
        }

        @Test
        void aDeepQuestionJoinsWeakly() {
            Context leaf = ContextTest.chain(Context.anyOf(first, second), 20);

            assertThat(leaf).isLive();

            assertThat(Insides.isComplete(leaf)).isTrue();
            assertThat(Insides.isAttachedStrongly(second)).isFalse();
            second.cancel(stopping);
            assertThat(Insides.isAttached(leaf)).isFalse();
            assertThat(leaf).isCancelledBecauseOf(stopping);
        }
    }

    @Nested
    class Deadlines {

        @Test
        void theEarliestIsReportedAndFires() {
            Context soon = root.withTimeout(Duration.ofSeconds(1), "soon");
            Context late = root.withTimeout(Duration.ofSeconds(2), "late");
            Context either = Context.anyOf(late, soon);
            assertThat(either.deadline()).isEqualTo(soon.deadline());

            clock.pass(Duration.ofSeconds(1));

            assertThat(either).isOutOfTime("soon");
            assertThat(soon).isOutOfTime("soon");
            assertThat(late).isLive();
        }

        @Test
        void aChildCanBeSoonerStill() {
            Context either = Context.anyOf(root, root.withTimeout(Duration.ofSeconds(2)));
            Context child = either.withTimeout(Duration.ofSeconds(1), "child");

            clock.pass(Duration.ofSeconds(1));

            assertThat(child).isOutOfTime("child");
            assertThat(either).isLive();
        }

        @Test
        void itsTimersAreThoseOfItsParents() {
            Context either = Context.anyOf(
                    root.withTimeout(Duration.ofSeconds(2), "late"), root.withTimeout(Duration.ofSeconds(1), "soon"));
            Gate called = new Gate();
            either.afterFunc(called::open);
            assertThat(clock.armed()).isEqualTo(2);

            clock.advance(Duration.ofSeconds(1));

            called.await();
            assertThat(either).isOutOfTime("soon");
            assertThat(clock.armed()).isZero();
        }

        @Test
        void ofDifferentClocksAreComparedByTheTimeLeft() {
            ManualClock other = new ManualClock();
            Context ours = root.withTimeout(Duration.ofSeconds(2), "ours");
            Context theirs = other.root().withTimeout(Duration.ofSeconds(1), "theirs");
            Context either = Context.anyOf(ours, theirs);
            Context child = either.withTimeout(Duration.ofMillis(1500), "child");
            assertThat(either.deadline()).isEqualTo(theirs.deadline());

            clock.advance(Duration.ofMillis(1600));
            assertThat(either).isLive();
            other.advance(Duration.ofSeconds(1));

            assertThat(either).isOutOfTime("theirs");
            assertThat(child).isOutOfTime("theirs");
        }
    }

    @Nested
    class Values {

        @Test
        void areThoseOfTheFirst() {
            assertThat(Context.anyOf(first, second).value(USER)).isEqualTo("ada");
            assertThat(Context.anyOf(root, second).value(USER)).isNull();
        }
    }

    @Nested
    class Degenerate {

        @Test
        void oneAloneIsThatOneWithoutThePowerToCancelIt() {
            Context alone = Context.anyOf(first);
            assertThat(alone).isNotInstanceOf(CancellableContext.class);
            assertThat(alone.done()).isEqualTo(first.done());

            first.cancel(gone);

            assertThat(alone).isCancelledBecauseOf(gone);
        }

        @Test
        void thoseThatNeverEndAddNothing() {
            assertThat(Context.anyOf(root, root, second.withoutCancel()).done().isNever())
                    .isTrue();
        }

        @Test
        void neitherTheResultNorItsDoneGivesThePowerToCancel() {
            Context either = Context.anyOf(first, second);

            assertThat(either).isNotInstanceOf(CancellableContext.class).isNotInstanceOf(AutoCloseable.class);
        }

        @Test
        void aJoinOfAncestorAndDescendantEndsWithEither() {
            var child = first.withCancel();
            Context both = Context.anyOf(first, child);
            both.afterFunc(() -> {});

            child.cancel(gone);

            assertThat(both).isCancelledBecauseOf(gone);
            assertThat(first).isLive();
            assertThat(Insides.isAttached(first)).isFalse();
        }

        @Test
        void joinsOfJoinsEndWithAnyOfTheirs() {
            var third = root.withCancel();
            Context nested = Context.anyOf(Context.anyOf(first, second), Context.anyOf(third, second));
            Gate called = new Gate();
            nested.afterFunc(called::open);

            third.cancel(stopping);

            called.await();
            assertThat(nested).isCancelledBecauseOf(stopping);
            assertThat(Insides.isAttached(first)).isFalse();
            assertThat(Insides.isAttached(second)).isFalse();
        }
    }

    @Nested
    class R4NestedJoins {

        private static final int DEPTH = 100_000;

        /// Each but the first joins the one before it by way of `others`.
        private Context nested(int depth) {
            Context line = first;
            for (int i = 0; i < depth; i++) {
                line = Context.anyOf(root.withCancel(), line);
            }
            return line;
        }

        @Test
        void areAskedWithoutRecursion() {
            Context line = nested(DEPTH);
            assertThat(line).isLive();

            first.cancel(gone);

            assertThat(line).isCancelledBecauseOf(gone);
        }

        @Test
        void areListenedToAndLeftWithoutRecursion() {
            Context line = nested(DEPTH);

            Registration registration = line.afterFunc(() -> {});

            assertThat(line).isLive();
            assertThat(Insides.isAttachedStrongly(first)).isTrue();
            assertThat(registration.stop()).isTrue();
            assertThat(Insides.isAttachedStrongly(first)).isFalse();
        }

        @Test
        void endFromTheTopWithoutRecursion() {
            Gate called = new Gate();
            Context line = nested(DEPTH);
            line.afterFunc(called::open);

            first.cancel(gone);

            called.await();
            assertThat(line).isCancelledBecauseOf(gone);
        }

        @Test
        void leaveWhatTheyJoinedWithoutRecursion() {
            var scope = nested(DEPTH).withCancel();
            scope.afterFunc(() -> {});
            assertThat(Insides.isAttached(first)).isTrue();

            scope.close();

            assertThat(Insides.isAttached(first)).isFalse();
        }

        @Test
        void areNotAskedTwiceOnceTheyAreDeep() {
            AtomicInteger questions = new AtomicInteger();
            Signal signal = new Signal() {
                @Override
                public Optional<End> end() {
                    questions.incrementAndGet();
                    return super.end();
                }
            };
            Context line = Context.of(signal);
            for (int i = 0; i < 20; i++) {
                line = Context.anyOf(root.withCancel(), line);
            }

            assertThat(line).isLive();
            int first = questions.getAndSet(0);
            assertThat(line).isLive();

            assertThat(first).isPositive();
            assertThat(questions).hasValue(0);
            signal.cancel(gone);
            assertThat(line).isCancelledBecauseOf(gone);
        }

        @Test
        void thatAreReachedInManyWaysAreWalkedOnce() {
            Context web = first;
            for (int i = 0; i < 100; i++) {
                web = Context.anyOf(web.withCancel(), web.withCancel(), web);
            }
            Gate called = new Gate();
            assertThat(web).isLive();
            Registration registration = web.afterFunc(() -> {});
            assertThat(registration.stop()).isTrue();
            web.afterFunc(called::open);

            first.cancel(gone);

            called.await();
            assertThat(web).isCancelledBecauseOf(gone);
        }

        @Test
        void endWithTheForemostInTheListAtAnyDepth() {
            Context line = Context.anyOf(Context.anyOf(root.withCancel(), first), second);
            for (int i = 0; i < 10; i++) {
                line = Context.anyOf(root.withCancel(), line);
            }

            second.cancel(stopping);
            first.cancel(gone);

            assertThat(line).isCancelledBecauseOf(gone);
        }

        @Test
        void endAtADeadlineFarAbove() {
            Context line = root.withTimeout(Duration.ofSeconds(1), "far");
            for (int i = 0; i < 20; i++) {
                line = Context.anyOf(root.withCancel(), line);
            }
            assertThat(line).isLive();

            clock.pass(Duration.ofSeconds(1));

            assertThat(line).isOutOfTime("far");
        }
    }
}
