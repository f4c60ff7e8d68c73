package dev.ripcord.load;

import dev.ripcord.Context;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What answers a request, the same on every server.
@FunctionalInterface
interface Handler {

    /// The whole answer.
    ///
    /// @param ctx that of the request, or the background's if the server is without an adapter
    /// @param query what follows the question mark; null if nothing does
    byte[] handle(Context ctx, String path, @Nullable String query, Body body) throws Exception;

    /// Does `work` on a virtual thread: for servers of event loops, without an adapter.
    static <T> CompletableFuture<T> callAsync(Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /// What a client sent besides.
    @FunctionalInterface
    interface Body {
        byte[] read() throws Exception;
    }
}
