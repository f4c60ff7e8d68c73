package dev.ripcord.jetty;

import dev.ripcord.http.RequestLifetime;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// A response that reports what fails when it is written, and is otherwise Jetty's own.
final class WatchedResponse extends Response.Wrapper {

    private final RequestLifetime lifetime;

    WatchedResponse(Request request, Response response, RequestLifetime lifetime) {
        super(request, response);
        this.lifetime = lifetime;
    }

    @Override
    public void write(boolean last, ByteBuffer content, Callback callback) {
        super.write(last, content, new Callback.Nested(callback) {
            @Override
            public void failed(Throwable failure) {
                if (failure instanceof IOException e) {
                    lifetime.responseWriteFailed(e);
                }
                super.failed(failure);
            }
        });
    }
}
