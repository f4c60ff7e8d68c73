package dev.ripcord.load;

import dev.ripcord.Context;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What answers a request, the same on every server.
@FunctionalInterface
interface Handler {

    /// The whole answer.
    ///
    /// @param ctx that of the request, or the background's if the server is without an adapter
    /// @param query what follows the question mark; null if nothing does
    byte[] handle(Context ctx, String path, @Nullable String query, Body body) throws IOException, InterruptedException;

    /// What a client sent besides.
    @FunctionalInterface
    interface Body {
        byte[] read() throws IOException;
    }
}
