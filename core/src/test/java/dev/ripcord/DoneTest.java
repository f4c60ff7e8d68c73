package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Done]: the end of a context as a thing.
class DoneTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final CancellableContext scope = root.withCancel();

    @Nested
    class IsDone {

        @Test
        void isTrueFromTheEndOnAlsoForOneAskedForBefore() {
            Done before = scope.done();
            assertThat(before.isDone()).isFalse();

            scope.cancel();

            assertThat(before.isDone()).isTrue();
            assertThat(scope.done().isDone()).isTrue();
        }

        @Test
        void endsTheContextOnceTheDeadlineHasPassed() {
            Context timed = root.withTimeout(Duration.ofSeconds(1));
            Done done = timed.done();

            clock.pass(Duration.ofSeconds(1));

            assertThat(done.isDone()).isTrue();
            assertThat(timed.err()).isPresent();
        }

        /// Go's TestContextErrDoneRace.
        @ParameterizedTest
        @EnumSource
        void isTrueOnceErrIsPresent(Threads threads) {
            for (int round = 0; round < 200; round++) {
                var raced = root.withCancel();
                Done done = raced.done();
                var canceller = threads.start(raced::cancel);

                while (raced.err().isEmpty()) {
                    Thread.onSpinWait();
                }
                assertThat(done.isDone()).isTrue();
                canceller.join();
            }
        }
    }

    @Nested
    class IsNever {

        @Test
        void isTrueForRootsDetachedContextsAndTheirValues() {
            Key<String> key = Key.of("user");

            assertThat(Context.background().done().isNever()).isTrue();
            assertThat(Context.todo().done().isNever()).isTrue();
            assertThat(scope.withoutCancel().done().isNever()).isTrue();
            assertThat(scope.withoutCancel().withValue(key, "ada").done().isNever())
                    .isTrue();
            assertThat(scope.done().isNever()).isFalse();
            assertThat(scope.withValue(key, "ada").done().isNever()).isFalse();
        }
    }

    @Nested
    class Await {

        @ParameterizedTest
        @EnumSource
        void returnsWhenTheContextEnds(Threads threads) {
            var waiter = threads.start(scope.withCancel().done()::await);
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void returnsWhenTheDeadlinePasses(Threads threads) {
            var waiter = threads.start(root.withTimeout(Duration.ofSeconds(1)).done()::await);
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void returnsForEveryWaiterBeforeCancelReturns(Threads threads) {
            var first = threads.start(scope.done()::await);
            var second = threads.start(scope.done()::await);
            first.awaitParked();
            second.awaitParked();

            scope.cancel();

            assertThat(Insides.isAttached(scope)).isFalse();
            first.join();
            second.join();
        }

        @ParameterizedTest
        @EnumSource
        void canBeInterruptedAndThenNobodyListens(Threads threads) {
            var waiter = threads.start(
                    () -> assertThatThrownBy(scope.done()::await).isInstanceOf(InterruptedException.class));
            waiter.awaitParked();

            waiter.thread().interrupt();

            waiter.join();
            assertThat(Insides.isAttached(scope)).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void throwsAtOnceIfTheThreadIsInterruptedAlready(Threads threads) {
            scope.cancel();

            threads.start(() -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(scope.done()::await).isInstanceOf(InterruptedException.class);
                        assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void ofWhatNeverEndsLastsUntilAnInterrupt(Threads threads) {
            var waiter = threads.start(
                    () -> assertThatThrownBy(root.done()::await).isInstanceOf(InterruptedException.class));
            waiter.awaitParked();

            waiter.thread().interrupt();

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void isNotMisledByAPermitOfSomebodyElse(Threads threads) {
            var waiter = threads.start(() -> {
                scope.done().await();
                assertThat(scope.err()).isPresent();
            });
            waiter.awaitParked();

            for (int i = 0; i < 3; i++) {
                LockSupport.unpark(waiter.thread());
                waiter.awaitParked();
            }
            scope.cancel();

            waiter.join();
        }
    }

    @Nested
    class AwaitWithATimeout {

        @ParameterizedTest
        @EnumSource
        void returnsTrueWhenTheContextEndsInTime(Threads threads) {
            var waiter = threads.start(
                    () -> assertThat(scope.done().await(Duration.ofSeconds(1))).isTrue());
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
            assertThat(clock.armed()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void returnsFalseWhenTheTimeIsUp(Threads threads) {
            var waiter = threads.start(
                    () -> assertThat(scope.done().await(Duration.ofSeconds(1))).isFalse());
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
            assertThat(Insides.isAttached(scope)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void worksForWhatNeverEnds(Threads threads) {
            var waiter = threads.start(
                    () -> assertThat(root.done().await(Duration.ofSeconds(1))).isFalse());
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
        }

        @Test
        void doesNotWaitIfItIsZeroOrLess() throws InterruptedException {
            assertThat(scope.done().await(Duration.ZERO)).isFalse();
            assertThat(scope.done().await(Duration.ofSeconds(Long.MIN_VALUE))).isFalse();
            assertThat(root.done().await(Duration.ofNanos(-1))).isFalse();
            scope.cancel();
            assertThat(scope.done().await(Duration.ZERO)).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void mayBeFartherThanTheClockCanCount(Threads threads) {
            var waiter = threads.start(() -> assertThat(scope.done().await(Duration.ofSeconds(Long.MAX_VALUE)))
                    .isTrue());
            waiter.awaitParked();

            scope.cancel();

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void canBeInterrupted(Threads threads) {
            var waiter =
                    threads.start(() -> assertThatThrownBy(() -> scope.done().await(Duration.ofHours(1)))
                            .isInstanceOf(InterruptedException.class));
            waiter.awaitParked();

            waiter.thread().interrupt();

            waiter.join();
            assertThat(clock.armed()).isZero();
            assertThat(Insides.isAttached(scope)).isFalse();
        }
    }

    @Nested
    class ToCompletionStage {

        private final Gate called = new Gate();

        @Test
        void completesWithTheErrOnAVirtualThread() throws Exception {
            AtomicReference<Thread> runner = new AtomicReference<>();
            CompletableFuture<ContextException> seen = new CompletableFuture<>();
            scope.done().toCompletionStage().thenAccept(err -> {
                runner.set(Thread.currentThread());
                seen.complete(err);
            });

            scope.cancel();

            assertThat(seen.get(10, TimeUnit.SECONDS)).isSameAs(scope.err().orElseThrow());
            assertThat(runner.get().isVirtual()).isTrue();
        }

        @Test
        void cannotBeCompletedByItsHolder() {
            CompletionStage<ContextException> stage = scope.done().toCompletionStage();

            stage.toCompletableFuture().complete(null);

            stage.thenAccept(err -> called.open());
            assertThat(called.isOpen()).isFalse();
            scope.cancel();
            called.await();
        }

        @Test
        void isANewOneEachTimeAndListensUntilTheEnd() {
            Done done = scope.done();

            assertThat(done.toCompletionStage()).isNotSameAs(done.toCompletionStage());

            assertThat(Insides.listeners(scope)).isEqualTo(2);
            scope.cancel();
            assertThat(Insides.isAttached(scope)).isFalse();
        }
    }

    @Nested
    class Equality {

        @Test
        void isThatOfTheContextThatEnds() {
            Context value = scope.withValue(Key.of("user"), "ada");

            assertThat(scope.done()).isEqualTo(scope.done()).hasSameHashCodeAs(scope.done());
            assertThat(value.done()).isEqualTo(scope.done()).hasSameHashCodeAs(scope.done());
            assertThat(scope.withCancel().done()).isNotEqualTo(scope.done());
            assertThat(scope.done()).isNotEqualTo(scope);
        }

        @Test
        void holdsAmongAllThatNeverEnd() {
            assertThat(Context.background().done())
                    .isEqualTo(scope.withoutCancel().done())
                    .hasSameHashCodeAs(Context.todo().done());
        }
    }

    @Nested
    class Text {

        @Test
        void isThePathAndWhetherItHasEnded() {
            assertThat(scope.done()).hasToString("test.withCancel live");

            scope.cancel();

            assertThat(scope.done()).hasToString("test.withCancel done");
        }
    }

    @Nested
    class R7NoDowncast {

        @Test
        void aDoneIsNotTheContext() {
            assertThat(scope.done()).isNotInstanceOf(Context.class).isNotInstanceOf(AutoCloseable.class);
        }
    }
}
