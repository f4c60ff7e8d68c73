package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A request of a server that handles requests on event loops, which must not block: its response, and the operations
/// that block for it on virtual threads.
///
/// For adapters. Its handler has finished when the response is over and none of the operations is running. Until then
/// it may have ended in any other way.
///
/// ## Threads
///
/// All methods may be called by any thread, and none blocks.
public final class EventLoopRequest {

    private final RequestLifetime lifetime;
    private final String threadName;

    /// The response, while it is not over, and the operations that are running.
    private final AtomicInteger parts = new AtomicInteger(1);

    private final AtomicBoolean responseOver = new AtomicBoolean();

    /// A request that begins.
    ///
    /// @param lifetime just opened; this calls its [RequestLifetime#handlerFinished()]
    /// @param server whose request it is, such as `vertx`: part of the names of threads
    public EventLoopRequest(RequestLifetime lifetime, String server) {
        this.lifetime = requireNonNull(lifetime, "lifetime");
        this.threadName = "ripcord-" + requireNonNull(server, "server");
    }

    /// The request as its server sees it.
    ///
    /// @return by which it ends in other ways
    public RequestLifetime lifetime() {
        return lifetime;
    }

    /// Runs an operation on a virtual thread of its own, which nobody interrupts, with the request's context as the
    /// current one.
    ///
    /// @param <T> what the operation returns
    /// @param operation gets the request's context
    /// @return what it returned or threw; to cancel that cancels nothing
    public <T extends @Nullable Object> CompletableFuture<T> executeBlocking(Context.Operation<? extends T> operation) {
        requireNonNull(operation, "operation");
        CompletableFuture<T> result = new CompletableFuture<>();
        parts.incrementAndGet();
        Thread.ofVirtual()
                .name(threadName)
                .inheritInheritableThreadLocals(false)
                .start(() -> {
                    try {
                        result.complete(lifetime.<T, Exception>call(() -> operation.call(lifetime.context())));
                    } catch (Throwable t) {
                        result.completeExceptionally(t);
                    } finally {
                        over();
                    }
                });
        return result;
    }

    /// The response has ended, whether all of it arrived or not, or nothing can be written to it any more.
    public void responseOver() {
        if (responseOver.compareAndSet(false, true)) {
            over();
        }
    }

    private void over() {
        if (parts.decrementAndGet() == 0) {
            lifetime.handlerFinished();
        }
    }
}
