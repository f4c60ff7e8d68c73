package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Futures]: futures that end contexts, and are ended by them.
class FuturesTest {

    private final ManualClock clock = new ManualClock();
    private final CancellableContext scope = clock.root().withCancel();
    private final Exception gone = new Exception("client is gone");

    // What has been handed to the queue and not been run.
    private final Deque<Runnable> queued = new ArrayDeque<>();
    private final Executor queue = queued::add;

    private static Executor executor(Threads threads) {
        return task -> threads.start(task::run);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private void assertNothingIsLeft() {
        assertThat(Insides.listeners(scope)).isZero();
        assertThat(Insides.isAttachedStrongly(scope)).isFalse();
        assertThat(clock.armed()).isZero();
    }

    @Nested
    class SupplyAsync {

        @ParameterizedTest
        @EnumSource
        void completesWithTheResultOfTheOperation(Threads threads) throws Exception {
            AtomicReference<Context> seen = new AtomicReference<>();

            CompletableFuture<String> future = Futures.supplyAsync(
                    scope,
                    ctx -> {
                        assertThat(ctx).isLive();
                        assertThat(Context.current()).isSameAs(ctx);
                        seen.set(ctx);
                        return "a";
                    },
                    executor(threads));

            assertThat(get(future)).isEqualTo("a");
            assertThat(seen.get().err())
                    .get()
                    .asString()
                    .contains("context is already closed; derive a new one from its parent");
            assertThat(scope).isLive();
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @EnumSource
        void completesWithTheExceptionOfTheOperation(Threads threads) {
            IOException failure = new IOException("no route");

            CompletableFuture<String> future = Futures.supplyAsync(
                    scope,
                    ctx -> {
                        throw failure;
                    },
                    executor(threads));

            assertThatThrownBy(() -> get(future))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(failure);
            assertNothingIsLeft();
        }

        @ParameterizedTest
        @EnumSource
        void cancellingTheFutureCancelsTheContextOfTheOperation(Threads threads) {
            Gate begun = new Gate();
            Gate ended = new Gate();
            AtomicReference<Context> seen = new AtomicReference<>();
            CompletableFuture<String> future = Futures.supplyAsync(
                    scope,
                    ctx -> {
                        seen.set(ctx);
                        begun.open();
                        try {
                            Blocking.sleep(ctx, Duration.ofHours(1));
                        } finally {
                            ended.open();
                        }
                        return "unreachable";
                    },
                    executor(threads));
            begun.await();

            future.cancel(false);

            assertThat(seen.get().cause()).get().isInstanceOf(CancellationException.class);
            ended.await();
            assertThat(scope).isLive();
            assertThat(future).isCancelled();
            assertNothingIsLeft();
        }

        @Test
        void completingTheFutureByOtherMeansEndsTheContextToo() {
            AtomicReference<Context> first = new AtomicReference<>();
            AtomicReference<Context> second = new AtomicReference<>();
            Gate end = new Gate();
            Gate begun = new Gate(2);
            CompletableFuture<String> completed =
                    Futures.supplyAsync(scope, ctx -> hold(first, ctx, begun, end), executor(Threads.VIRTUAL));
            CompletableFuture<String> failed =
                    Futures.supplyAsync(scope, ctx -> hold(second, ctx, begun, end), executor(Threads.VIRTUAL));
            begun.await();

            completed.complete("b");
            failed.completeExceptionally(gone);

            assertThat(first.get().err()).get().isInstanceOf(CancelledException.class);
            assertThat(second.get()).isCancelledBecauseOf(gone);
            end.open();
            assertThat(completed).isCompletedWithValue("b");
            assertNothingIsLeft();
        }

        private static String hold(AtomicReference<Context> seen, Context ctx, Gate begun, Gate end) {
            seen.set(ctx);
            begun.open();
            end.await();
            return "a";
        }

        @ParameterizedTest
        @EnumSource
        void theEndOfTheContextCompletesTheFutureEvenIfTheOperationGoesOn(Threads threads) {
            Gate begun = new Gate();
            Gate end = new Gate();
            CompletableFuture<String> future = Futures.supplyAsync(
                    scope, ctx -> hold(new AtomicReference<>(ctx), ctx, begun, end), executor(threads));
            begun.await();

            scope.cancel(gone);

            assertThatThrownBy(() -> get(future))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isSameAs(scope.err().orElseThrow())
                    .hasCause(gone);
            end.open();
        }

        @Test
        void theDeadlineCompletesTheFuture() {
            Context timed = scope.withTimeout(Duration.ofSeconds(1), "lookup");
            CompletableFuture<String> future = Futures.supplyAsync(timed, ctx -> "a", queue);

            clock.advance(Duration.ofSeconds(1));

            assertThatThrownBy(() -> get(future)).hasCauseInstanceOf(DeadlineExceededException.class);
            assertNothingIsLeft();
        }

        @Test
        void dependentsSeeTheEndWrapped() {
            CompletableFuture<String> future = Futures.supplyAsync(scope, ctx -> "a", queue);
            CompletableFuture<Throwable> seen = future.thenApply(x -> x).handle((result, exception) -> exception);

            scope.cancel(gone);

            assertThat(seen)
                    .succeedsWithin(Duration.ofSeconds(10))
                    .isInstanceOf(CompletionException.class)
                    .extracting(Throwable::getCause)
                    .isInstanceOf(CancelledException.class);
        }

        @Test
        void r8AnEndedContextFailsTheFutureAndExecutesNothing() {
            scope.cancel(gone);

            CompletableFuture<String> future = Futures.supplyAsync(scope, ctx -> "a", queue);

            assertThat(future).isCompletedExceptionally();
            assertThatThrownBy(() -> get(future)).cause().isSameAs(scope.err().orElseThrow());
            assertThat(queued).isEmpty();
        }

        @Test
        void anOperationWhoseFutureWasCancelledInTheQueueIsNotBegun() {
            CompletableFuture<String> future = Futures.supplyAsync(
                    scope,
                    ctx -> {
                        throw new AssertionError("has begun");
                    },
                    queue);
            future.cancel(true);

            queued.remove().run();

            assertThat(future).isCancelled();
            assertNothingIsLeft();
        }

        @Test
        void anOperationWhoseContextEndedInTheQueueIsNotBegun() {
            AtomicReference<Context> begun = new AtomicReference<>();
            CompletableFuture<String> future = Futures.supplyAsync(
                    scope.withTimeout(Duration.ofSeconds(1)),
                    ctx -> {
                        begun.set(ctx);
                        return "a";
                    },
                    queue);
            clock.pass(Duration.ofSeconds(1));

            queued.remove().run();

            assertThat(future).isCompletedExceptionally();
            assertThat(begun).hasNullValue();
        }

        @Test
        void aRejectionIsThrownAndLeavesNothing() {
            Executor full = task -> {
                throw new RejectedExecutionException("full");
            };

            assertThatThrownBy(() -> Futures.supplyAsync(scope, ctx -> "a", full))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage("full");

            assertThat(scope).isLive();
            assertNothingIsLeft();
        }

        @Test
        void r7TheOperationCannotCancelItsContext() throws Exception {
            CompletableFuture<Context> future = Futures.supplyAsync(scope, ctx -> ctx, Runnable::run);

            Object handedOut = get(future);

            assertThat(handedOut).isNotInstanceOf(CancellableContext.class);
        }

        @Test
        void worksUnderAContextThatNeverEnds() {
            assertThat(Futures.supplyAsync(Context.background(), ctx -> "a", Runnable::run))
                    .isCompletedWithValue("a");
        }
    }

    @Nested
    class CancelOnDone {

        private final CompletableFuture<String> future = new CompletableFuture<>();

        @Test
        void cancelsTheFutureWhenTheContextEnds() {
            assertThat(Futures.cancelOnDone(scope, future)).isSameAs(future);
            Gate done = new Gate();
            CompletableFuture<Void> after = future.handle((result, exception) -> {
                done.open();
                return null;
            });

            scope.cancel();

            done.await();
            assertThat(future).isCancelled();
            assertThat(after).succeedsWithin(Duration.ofSeconds(10));
        }

        @Test
        void cancelsTheFutureAtOnceIfTheContextHasEnded() {
            scope.cancel();

            assertThat(Futures.cancelOnDone(scope, future)).isCancelled();
        }

        @Test
        void leavesNothingOnceTheFutureIsComplete() {
            assertThat(Futures.cancelOnDone(scope, future)).isNotDone();
            assertThat(Insides.listeners(scope)).isEqualTo(1);

            future.complete("a");

            assertNothingIsLeft();
            assertThat(Futures.cancelOnDone(scope, future)).isCompletedWithValue("a");
            assertNothingIsLeft();
        }
    }
}
