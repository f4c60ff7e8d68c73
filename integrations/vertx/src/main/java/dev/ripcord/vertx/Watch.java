package dev.ripcord.vertx;

import dev.ripcord.Context;
import dev.ripcord.http.EventLoopRequest;
import dev.ripcord.http.RequestLifetime;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedChannelException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What Vert.x tells of one request.
final class Watch {

    private final EventLoopRequest ours;
    private final RequestLifetime lifetime;
    private final HttpServerRequest request;
    private final HttpServerResponse response;

    /// Whether the request was paused by us.
    private final AtomicBoolean paused = new AtomicBoolean();

    Watch(RequestLifetime lifetime, HttpServerRequest request) {
        this.ours = new EventLoopRequest(lifetime, "vertx");
        this.lifetime = lifetime;
        this.request = request;
        this.response = WatchedResponse.around(request.response(), this);
    }

    static Watch of(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (Proxy.isProxyClass(response.getClass())
                && Proxy.getInvocationHandler(response) instanceof WatchedResponse watched) {
            return watched.watch();
        }
        throw new IllegalStateException("request has no context; call RipcordVertx.install with the server");
    }

    RequestLifetime lifetime() {
        return lifetime;
    }

    HttpServerResponse response() {
        return response;
    }

    <T extends @Nullable Object> CompletableFuture<T> executeBlocking(Context.Operation<? extends T> operation) {
        if (!request.isEnded() && paused.compareAndSet(false, true)) {
            request.pause();
        }
        return ours.executeBlocking(ctx -> {
            try {
                return operation.call(ctx);
            } finally {
                resume();
            }
        });
    }

    /// Lets go on what we have paused, for a body that nobody takes keeps the next request waiting.
    void resume() {
        if (paused.compareAndSet(true, false)) {
            try {
                request.resume();
            } catch (IllegalStateException e) {
                // it has ended, and there is nothing to go on with
            }
        }
    }

    /// Of a connection that breaks Vert.x tells twice: the failure, then the close.
    void failed(Throwable failure) {
        switch (failure) {
            case StreamResetException reset -> lifetime.streamReset(OptionalLong.of(reset.getCode()), null);
            case HttpClosedException closed -> lifetime.clientDisconnected();
            case IOException broken -> lifetime.connectionReset(broken);
            default -> {} // nonsense from the client; Vert.x closes the connection, and tells of that
        }
    }

    /// What could not be written because the connection is closed tells nothing of why it is.
    void writeFailed(Throwable failure) {
        if (failure instanceof IOException broken && !(broken instanceof ClosedChannelException)) {
            lifetime.responseWriteFailed(broken);
        }
    }

    void responseOver() {
        ours.responseOver();
    }
}
