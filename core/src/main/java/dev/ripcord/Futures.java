package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletableFuture.AsynchronousCompletionTask;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The bridge between contexts and [CompletableFuture]: each can end the other.
///
/// {@snippet class="dev.ripcord.BlockingExampleTest" region="supply"}
///
/// To wait for a future until a context ends, see [Blocking#await(Context, java.util.concurrent.CompletionStage)]; to
/// have a stage complete when a context ends, [Done#toCompletionStage()].
///
/// ## What a CompletableFuture does not do
///
/// - `cancel` interrupts nobody, whatever its argument. What stops the work is its context.
/// - A future knows nothing of those that it was made from: to cancel what `thenApply` returned cancels neither the
///   first future nor its operation. Cancel the one that [#supplyAsync] returned.
/// - `join` and the functions of dependent stages see a failure wrapped in a
///   [java.util.concurrent.CompletionException], `get` in an [java.util.concurrent.ExecutionException].
///
/// ## Threads and memory
///
/// Dependent stages that are not `Async` run on the thread that completes the future; when a context's end does, that
/// is a virtual thread, with no current context. Once a future has completed, nothing is registered with the context,
/// and an operation that waits in an executor's queue has let go of its context.
public final class Futures {

    private Futures() {}

    /// Calls `operation` on `executor` with a child of `ctx`, as its parameter and as the current context.
    ///
    /// - The child is closed when the operation ends.
    /// - If the future is cancelled, or completed by others in any way, the child is ended, with the future's exception
    ///   as the cause if there is one. An operation that has not begun is not begun.
    /// - If `ctx` ends, the future completes exceptionally at once with its [Context#err()], even if the operation goes
    ///   on. What that returns is dropped.
    ///
    /// @param <V> the type of the result
    /// @param ctx if it has ended, the future has failed already and nothing is executed
    /// @param operation runs on `executor`
    /// @param executor runs the operation; if it does so in the thread that calls it, this waits for the operation
    /// @return completes with what the operation returns or throws
    /// @throws java.util.concurrent.RejectedExecutionException if `executor` does not take it
    @SuppressWarnings("FutureReturnValueIgnored") // nothing in it can fail
    public static <V extends @Nullable Object> CompletableFuture<V> supplyAsync(
            Context ctx, Context.Operation<? extends V> operation, Executor executor) {
        Node parent = (Node) requireNonNull(ctx, "ctx");
        requireNonNull(operation, "operation");
        requireNonNull(executor, "executor");
        ContextException ended = parent.err().orElse(null);
        if (ended != null) {
            return CompletableFuture.failedFuture(ended);
        }
        Supply<V> supply = new Supply<>(parent, operation);
        supply.future.whenComplete((result, exception) -> supply.release(exception));
        try {
            executor.execute(supply);
        } catch (Throwable e) {
            supply.release(e);
            throw e;
        }
        return supply.future;
    }

    /// Cancels `future` when `ctx` ends; at once if it has ended. It is taken back when the future completes first.
    ///
    /// @param <F> the type of the future
    /// @param ctx cancels
    /// @param future of an operation that heeds [CompletableFuture#cancel], such as one of `java.net.http`
    /// @return `future`
    @SuppressWarnings("FutureReturnValueIgnored") // nothing in it can fail
    public static <F extends CompletableFuture<?>> F cancelOnDone(Context ctx, F future) {
        requireNonNull(ctx, "ctx");
        requireNonNull(future, "future");
        if (ctx.done().isDone()) {
            future.cancel(true);
        } else if (!future.isDone()) {
            Registration registration = ctx.afterFunc(() -> future.cancel(true));
            future.whenComplete((result, exception) -> registration.stop());
        }
        return future;
    }

    /// An operation that runs at most once, and its future.
    private static final class Supply<V extends @Nullable Object> implements Runnable, AsynchronousCompletionTask {

        private final CompletableFuture<V> future = new CompletableFuture<>();

        // Null once the future is completed, or is about to be by the operation's end. Whoever sets it so ends the
        // scope.
        private final AtomicReference<@Nullable Work<V>> work;

        private record Work<V extends @Nullable Object>(
                Context.Operation<? extends V> operation, CancelNode scope, Registration registration) {}

        Supply(Node parent, Context.Operation<? extends V> operation) {
            CancelNode scope = new CancelNode(parent.scope(), parent.values());
            Registration registration = scope.afterFunc(() -> fail(scope));
            this.work = new AtomicReference<>(new Work<>(operation, scope, registration));
        }

        @Override
        public void run() {
            Work<V> begun = work.get();
            if (begun == null || fail(begun.scope)) {
                return;
            }
            Node ctx = begun.scope.handedOut();
            try {
                V result = ctx.<V, Exception>call(() -> begun.operation.call(ctx));
                release(null);
                future.complete(result);
            } catch (Throwable e) {
                release(null);
                future.completeExceptionally(e);
            }
        }

        /// Completes the future if `scope` has ended.
        private boolean fail(Node scope) {
            ContextException ended = scope.err().orElse(null);
            if (ended != null) {
                future.completeExceptionally(ended);
            }
            return ended != null;
        }

        /// Ends the scope, because there is nothing more to do in it, or with the reason for that.
        void release(@Nullable Throwable reason) {
            Work<V> done = work.getAndSet(null);
            if (done != null) {
                done.registration.stop();
                if (reason == null) {
                    done.scope.close();
                } else {
                    done.scope.cancel(reason);
                }
            }
        }
    }
}
