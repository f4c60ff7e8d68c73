package dev.ripcord.jetty;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/// A request that reports what fails when its body is read, and is otherwise Jetty's own.
final class WatchedRequest extends Request.Wrapper {

    private final Watch watch;

    WatchedRequest(Request request, Watch watch) {
        super(request);
        this.watch = watch;
    }

    @Override
    public Content.Chunk read() {
        Content.Chunk chunk = super.read();
        if (Content.Chunk.isFailure(chunk)) {
            watch.broken(chunk.getFailure());
        }
        return chunk;
    }
}
