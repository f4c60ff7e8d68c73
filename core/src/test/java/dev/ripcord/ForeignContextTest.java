package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.ContextException.Kind;
import dev.ripcord.spi.ForeignContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [ForeignContext]: another library's context as a parent.
class ForeignContextTest {

    private final Exception gone = new Exception("client disconnected");
    private final Signal signal = new Signal();
    private final Context joined = Context.of(signal);

    @Nested
    class Asking {

        @Test
        void theForeignEndIsOurEndWithItsKindAndCause() {
            Context child = joined.withCancel();
            assertThat(child).isLive();

            signal.cancel(gone);

            assertThat(child).isCancelledBecauseOf(gone);
            assertThat(joined).isCancelledBecauseOf(gone);
        }

        @Test
        void aForeignDeadlineExceededIsOurs() {
            signal.end(new ForeignContext.End(Kind.DEADLINE_EXCEEDED, null));

            assertThat(joined).isOutOfTime();
            assertThat(joined.err()).get().isInstanceOfSatisfying(DeadlineExceededException.class, end -> {
                assertThat(end.budget()).isEmpty();
                assertThat(end.over()).isZero();
            });
        }

        @Test
        void anEndWithoutACauseHasNone() {
            signal.cancel(null);

            assertThat(joined).isCancelled();
        }

        @Test
        void askingSubscribesNothing() {
            Context child = joined.withTimeout(Duration.ofHours(1)).withCancel();

            assertThat(child).isLive();

            assertThat(signal.subscribers()).isZero();
        }

        @Test
        void itHasNoValuesAndIsNotForever() {
            assertThat(joined.value(Key.of("user", String.class))).isNull();
            assertThat(joined.done().isNever()).isFalse();
            assertThat(joined.deadline()).isEmpty();
        }
    }

    @Nested
    class Listening {

        /// Go starts a goroutine for each of these.
        @Test
        void allListenersBelowShareOneSubscriptionAndNoThread() {
            Registration own = joined.afterFunc(() -> {});
            Registration ofChild = joined.withCancel().afterFunc(() -> {});
            Registration ofTimed = joined.withTimeout(Duration.ofHours(1)).afterFunc(() -> {});
            assertThat(signal.subscribers()).isEqualTo(1);

            own.stop();
            ofChild.stop();
            assertThat(signal.subscribers()).isEqualTo(1);
            ofTimed.stop();

            assertThat(signal.subscribers()).isZero();
        }

        @Test
        void endingTheChildrenUnsubscribes() {
            var cancelled = joined.withCancel();
            var timed = joined.withTimeout(Duration.ofHours(1));
            cancelled.afterFunc(() -> {});
            timed.afterFunc(() -> {});

            cancelled.cancel();
            assertThat(signal.subscribers()).isEqualTo(1);
            timed.close();

            assertThat(signal.subscribers()).isZero();
        }

        @Test
        void theForeignEndIsPushedToAllBelow() {
            Gate called = new Gate(3);
            Context scope = joined.withCancel();
            Context timed = scope.withTimeout(Duration.ofHours(1));
            joined.afterFunc(called::open);
            scope.afterFunc(called::open);
            timed.afterFunc(called::open);

            signal.cancel(gone);

            called.await();
            assertThat(Insides.isAttached(joined)).isFalse();
            assertThat(timed).isCancelledBecauseOf(gone);
        }

        @Test
        void theForeignEndIsPushedAlsoAfterQuestionsHaveFoundTheContextAttached() {
            Gate called = new Gate();
            joined.afterFunc(called::open);
            assertThat(joined).isLive();
            assertThat(Insides.isComplete(joined)).isTrue();

            signal.cancel(gone);

            called.await();
            assertThat(joined).isCancelledBecauseOf(gone);
        }

        @ParameterizedTest
        @EnumSource
        void theForeignEndReleasesWaiters(Threads threads) {
            var waiter = threads.start(joined.withCancel().done()::await);
            waiter.awaitParked();

            signal.cancel(gone);

            waiter.join();
        }

        @Test
        void aForeignContextMayEndWhileItIsSubscribedTo() {
            Gate called = new Gate();
            Signal hasty = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    cancel(gone);
                    return super.subscribe(onEnd);
                }
            };
            Context context = Context.of(hasty);

            context.afterFunc(called::open);

            called.await();
            assertThat(context).isCancelledBecauseOf(gone);
            assertThat(hasty.subscribers()).isZero();
        }

        @Test
        void untilItIsSubscribedToItIsAsked() {
            AtomicReference<Context> itself = new AtomicReference<>();
            Signal slow = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    assertThat(itself.get()).isLive();
                    cancel(gone);
                    assertThat(itself.get()).isCancelledBecauseOf(gone);
                    return super.subscribe(onEnd);
                }
            };
            itself.set(Context.of(slow));

            itself.get().afterFunc(() -> {});

            assertThat(itself.get()).isCancelledBecauseOf(gone);
        }

        @Test
        void listeningAgainSubscribesAgain() {
            Gate called = new Gate();
            joined.afterFunc(() -> {}).stop();
            joined.afterFunc(called::open);

            signal.cancel(gone);

            called.await();
        }

        @Test
        void anEndThatIsAnnouncedBeforeItIsThereIsFoundByTheNextQuestion() {
            AtomicReference<Runnable> announce = new AtomicReference<>();
            AtomicBoolean ended = new AtomicBoolean();
            Context context = Context.of(new Signal() {
                @Override
                public Optional<End> end() {
                    return ended.get() ? Optional.of(new End(Kind.CANCELLED, gone)) : Optional.empty();
                }

                @Override
                public Runnable subscribe(Runnable onEnd) {
                    announce.set(onEnd);
                    return () -> {};
                }
            });
            context.afterFunc(() -> {});

            announce.get().run();
            assertThat(context).isLive();
            ended.set(true);
            announce.get().run();

            assertThat(context).isCancelledBecauseOf(gone);
        }

        @Test
        void aDeepQuestionSubscribesWeakly() {
            Context leaf = ContextTest.chain(joined, 20);

            assertThat(leaf).isLive();

            assertThat(signal.subscribers()).isEqualTo(1);
            assertThat(Insides.isAttachedStrongly(joined)).isFalse();
            signal.cancel(gone);
            assertThat(Insides.isAttached(leaf)).isFalse();
            assertThat(leaf).isCancelledBecauseOf(gone);
        }
    }

    @Nested
    class Children {

        @Test
        void aChildThatEndedFirstKeepsItsCauseAndLeavesTheForeignParentAlone() {
            Exception own = new Exception("own");
            var child = joined.withCancel();

            child.cancel(own);
            assertThat(joined).isLive();
            signal.cancel(gone);

            assertThat(child).isCancelledBecauseOf(own);
            assertThat(joined).isCancelledBecauseOf(gone);
        }

        @Test
        void aForeignEndThatCancelsTheChildItselfDoesNotRecurse() {
            var child = joined.withCancel();
            child.afterFunc(() -> {});
            signal.subscribe(child::cancel);

            signal.cancel(gone);

            assertThat(child).isCancelledBecauseOf(gone);
        }
    }

    @Nested
    class ForeignDeadlines {

        @Test
        void areReported() {
            Deadline deadline = Deadline.after(Duration.ofHours(1));

            assertThat(Context.of(new Signal(deadline)).deadline()).contains(deadline);
        }

        @Test
        void endTheContextByOurOwnTimer() throws InterruptedException {
            Signal timed = new Signal(Deadline.after(Duration.ofMillis(20)));
            Context context = Context.of(timed);

            assertThat(context.done().await(Duration.ofSeconds(10))).isTrue();

            assertThat(context).isOutOfTime();
            assertThat(timed.subscribers()).isZero();
        }

        @Test
        void thatPassedLoseToAnEndThatIsThere() {
            Signal timed = new Signal(Deadline.after(Duration.ZERO));
            timed.cancel(gone);

            assertThat(Context.of(timed)).isCancelledBecauseOf(gone);
        }

        @Test
        void giveNobodyThePowerToCancel() {
            Context context = Context.of(new Signal(Deadline.after(Duration.ofHours(1))));

            assertThat(context).isNotInstanceOf(CancellableContext.class);
            assertThat(joined).isNotInstanceOf(CancellableContext.class);
        }
    }

    @Nested
    class Misbehaviour {

        @Test
        void aFailureToSubscribeReachesWhoListensAndLeavesNothingBehind() {
            Context context = Context.of(new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    throw new IllegalStateException("full");
                }
            });
            Context child = context.withCancel();

            assertThatThrownBy(() -> child.afterFunc(() -> {})).hasMessage("full");

            assertThat(Insides.isAttached(child)).isFalse();
            assertThat(Insides.isAttached(context)).isFalse();
            assertThat(child).isLive();
        }

        @Test
        void aFailureToSubscribeLeavesTheContextAskable() {
            Signal full = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    throw new IllegalStateException("full");
                }
            };
            Context leaf = ContextTest.chain(Context.of(full), 20);
            assertThat(leaf).isLive();
            assertThat(Insides.isAttached(leaf)).isFalse();

            full.cancel(gone);

            assertThat(leaf).isCancelledBecauseOf(gone);
        }

        @Test
        void aFailureToUnsubscribeStopsNothingElse() {
            Gate called = new Gate(2);
            Signal sticky = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    super.subscribe(onEnd);
                    return () -> {
                        throw new IllegalStateException("stuck");
                    };
                }
            };
            var request = new ManualClock().root().withCancel();
            Context either = Context.anyOf(request, Context.of(sticky));
            either.afterFunc(called::open);
            request.afterFunc(called::open);

            var uncaught = Uncaught.during(one -> {
                request.cancel();
                one.await();
            });

            assertThat(uncaught)
                    .singleElement()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("stuck");
            called.await();
            assertThat(either).isCancelled();
        }
    }
}
