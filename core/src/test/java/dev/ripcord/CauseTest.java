package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Context#err()] and [Context#cause()]: how and why, in each order of events. The cases are those of Go's TestCause,
/// in its order; a deadline has a name where Go's has a cause.
class CauseTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final ManualClock clock = new ManualClock();
    private final CancellableContext parent = clock.root().withCancel();
    private final Exception parents = new Exception("the parent's cause");
    private final Exception childs = new Exception("the child's cause");

    @Nested
    class OfOneContext {

        @Test
        void theBackgroundHasNone() {
            assertThat(Context.background()).isLive();
        }

        @Test
        void todoHasNone() {
            assertThat(Context.todo()).isLive();
        }

        @Test
        void cancelLeavesNoCause() {
            parent.cancel();

            assertThat(parent).isCancelled();
        }

        @Test
        void cancelWithACauseKeepsIt() {
            parent.cancel(parents);

            assertThat(parent).isCancelledBecauseOf(parents);
        }

        @Test
        void cancelWithANullCauseIsCancel() {
            parent.cancel(null);

            assertThat(parent).isCancelled();
        }
    }

    @Nested
    class OfParentAndChild {

        private final CancellableContext child = parent.withCancel();

        @Test
        void theParentsCauseWinsIfItWasFirst() {
            parent.cancel(parents);
            child.cancel(childs);

            assertThat(parent).isCancelledBecauseOf(parents);
            assertThat(child).isCancelledBecauseOf(parents);
        }

        @Test
        void theChildsCauseStaysIfItWasFirst() {
            child.cancel(childs);
            parent.cancel(parents);

            assertThat(parent).isCancelledBecauseOf(parents);
            assertThat(child).isCancelledBecauseOf(childs);
        }

        @Test
        void theParentsCauseWinsOverALaterCancelWithoutOne() {
            parent.cancel(parents);
            child.cancel();

            assertThat(child).isCancelledBecauseOf(parents);
        }

        @Test
        void aCancelWithoutACauseWinsOverTheParentsLaterCause() {
            child.cancel();
            parent.cancel(parents);

            assertThat(child).isCancelled();
        }

        @Test
        void theParentsCancelWithoutACauseWinsOverTheChildsLaterCause() {
            parent.cancel();
            child.cancel(childs);

            assertThat(child).isCancelled();
        }

        @Test
        void theChildsCauseStaysIfTheParentIsCancelledWithoutOneLater() {
            child.cancel(childs);
            parent.cancel();

            assertThat(parent).isCancelled();
            assertThat(child).isCancelledBecauseOf(childs);
        }
    }

    @Nested
    class OfAGrandchildThatIsAskedMeanwhile {

        /// The parent ends when the question has passed it, then the grandparent does.
        @Test
        void theParentsCauseWinsIfItWasFirst() {
            AtomicReference<Runnable> duringQuestion = new AtomicReference<>(() -> {});
            Signal signal = new Signal() {
                @Override
                public Optional<End> end() {
                    duringQuestion.getAndSet(() -> {}).run();
                    return super.end();
                }
            };
            var grandparent = Context.background().withCancel();
            var parent = Context.anyOf(grandparent, Context.of(signal)).withCancel();
            var child = parent.withCancel();
            Exception first = new Exception("first");
            duringQuestion.set(() -> {
                parent.cancel(first);
                grandparent.cancel();
            });

            child.err();

            assertThat(child).isCancelledBecauseOf(first);
        }
    }

    @Nested
    class OfADeadline {

        @Test
        void aTimeoutOfZeroWinsOverALaterCancel() {
            var scope = parent.withTimeout(Duration.ZERO);
            scope.cancel();

            assertThat(scope).isOutOfTime();
        }

        @Test
        void aCancelWinsOverALaterDeadline() {
            var scope = parent.withTimeout(LONG);
            scope.cancel();
            clock.advance(LONG);

            assertThat(scope).isCancelled();
        }

        @Test
        void aNamedTimeoutOfZeroKeepsItsName() {
            var scope = parent.withTimeout(Duration.ZERO, "search");
            scope.cancel();

            assertThat(scope).isOutOfTime("search");
        }

        @Test
        void aCancelLeavesTheNameOfTheDeadlineOut() {
            var scope = parent.withTimeout(LONG, "search");
            scope.cancel();

            assertThat(scope).isCancelled();
            assertThat(scope.err()).get().asString().doesNotContain("search");
        }

        @Test
        void aPassedDeadlineStaysIfTheParentIsCancelledLater() {
            Context scope = parent.withTimeout(Duration.ZERO, "search");
            parent.cancel(parents);

            assertThat(scope).isOutOfTime("search");
        }

        @Test
        void theParentsCauseWinsOverALaterDeadline() {
            Context scope = parent.withTimeout(LONG, "search");
            parent.cancel(parents);
            clock.advance(LONG);

            assertThat(scope).isCancelledBecauseOf(parents);
        }
    }

    @Nested
    class WithoutCancel {

        @Test
        void theBackgroundsHasNone() {
            assertThat(Context.background().withoutCancel()).isLive();
        }

        @Test
        void aCancelledParentsHasNone() {
            Context detached = parent.withoutCancel();
            parent.cancel(parents);

            assertThat(detached).isLive();
        }

        @Test
        void aPassedDeadlinesHasNone() {
            assertThat(parent.withTimeout(Duration.ZERO).withoutCancel()).isLive();
        }
    }

    /// Go's foreign context stands below a context of ours; here it stands beside it, in a join.
    @Nested
    class OfAForeignContext {

        private final Signal signal = new Signal();
        private final Context child = Context.anyOf(parent, Context.of(signal)).withCancel();

        @Test
        void theForeignEndCountsWhileTheParentIsLive() {
            signal.cancel(null);

            assertThat(child).isCancelled();
            assertThat(parent).isLive();
        }

        @Test
        void theParentsCauseCountsIfItWasFirst() {
            parent.cancel(parents);
            assertThat(child).isCancelledBecauseOf(parents);
            signal.cancel(null);

            assertThat(child).isCancelledBecauseOf(parents);
        }

        /// Go answers with the parent's cause, which its source calls not right.
        @Test
        void theForeignEndStaysIfItWasFirst() {
            signal.cancel(null);
            assertThat(child).isCancelled();
            parent.cancel(parents);

            assertThat(child).isCancelled();
        }
    }

    @Nested
    class R6KindAndCauseAreOneFact {

        @ParameterizedTest
        @EnumSource
        void whoAsksDuringACancelSeesNothingOrBoth(Threads threads) {
            for (int round = 0; round < 300; round++) {
                var scope = parent.withCancel();
                var canceller = threads.start(() -> scope.cancel(childs));

                while (true) {
                    boolean done = scope.done().isDone();
                    var err = scope.err();
                    var cause = scope.cause();
                    if (cause.isPresent()) {
                        assertThat(cause).containsSame(childs);
                    }
                    if (err.isPresent()) {
                        assertThat(scope).isCancelledBecauseOf(childs);
                        break;
                    }
                    assertThat(done).isFalse();
                }
                canceller.join();
            }
        }

        @ParameterizedTest
        @EnumSource
        void ofSeveralCancellersOneWinsAndItsCauseIsThatOfAll(Threads threads) {
            for (int round = 0; round < 300; round++) {
                var scope = parent.withTimeout(LONG);
                AtomicReference<Exception> winner = new AtomicReference<>();
                Gate start = new Gate(2);
                Threads.Action cancelling = () -> {
                    Exception cause = new Exception(Thread.currentThread().toString());
                    start.open();
                    start.await();
                    if (scope.cancel(cause)) {
                        assertThat(winner.getAndSet(cause)).isNull();
                    }
                };

                var one = threads.start(cancelling);
                var two = threads.start(cancelling);
                one.join();
                two.join();

                assertThat(scope).isCancelledBecauseOf(winner.get());
            }
        }
    }

    @Nested
    class IsFound {

        private final ContextException end = cancelled();

        private ContextException cancelled() {
            parent.cancel(parents);
            return parent.err().orElseThrow();
        }

        @Test
        void inItself() {
            assertThat(ContextException.find(end)).containsSame(end);
        }

        @Test
        void amongTheCausesAtAnyDepth() {
            Throwable wrapped = end;
            for (int i = 0; i < 50; i++) {
                wrapped = new IllegalStateException(wrapped);
            }

            assertThat(ContextException.find(wrapped)).containsSame(end);
        }

        @Test
        void notAmongTheSuppressed() {
            Exception other = new Exception("failed by itself");
            other.addSuppressed(end);

            assertThat(ContextException.find(other)).isEmpty();
        }

        @Test
        void notWhereThereIsNone() {
            assertThat(ContextException.find(parents)).isEmpty();
            assertThat(ContextException.find(null)).isEmpty();
        }

        @Test
        void notInACircleWithoutOne() {
            Exception one = new Exception("one");
            Exception other = new Exception("other", one);
            one.initCause(other);

            assertThat(ContextException.find(one)).isEmpty();
        }
    }
}
