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
import org.jspecify.annotations.Nullable;

/// What Vert.x tells of one request.
///
/// ## Invariant
///
/// From the beginning of the first operation to the end of the last the request is paused, unless its body was taken.
/// Whoever changes that tells Vert.x before anybody can change it again. Otherwise a pause and a resume could change
/// places: the body would flow to nobody, or the next request would never come.
final class Watch {

    private final EventLoopRequest ours;
    private final RequestLifetime lifetime;
    private final HttpServerRequest request;
    private final HttpServerResponse response;

    /// Vert.x's own monitor of the connection. It enters that to pause, to go on and to tell of a close, and calls
    /// handlers within, which may come back here: a lock of ours would be taken in both orders.
    private final Object monitor;

    // in the monitor

    private int operations;
    private boolean bodyTaken;

    Watch(RequestLifetime lifetime, HttpServerRequest request) {
        this.ours = new EventLoopRequest(lifetime, "vertx");
        this.lifetime = lifetime;
        this.request = request;
        this.monitor = request.connection();
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

    Object monitor() {
        return monitor;
    }

    <T extends @Nullable Object> CompletableFuture<T> executeBlocking(Context.Operation<? extends T> operation) {
        operationBegins();
        return ours.executeBlocking(ctx -> {
            try {
                return operation.call(ctx);
            } finally {
                operationEnds();
            }
        });
    }

    private void operationBegins() {
        synchronized (monitor) {
            if (operations++ == 0 && !bodyTaken) {
                unlessEnded(request::pause);
            }
        }
    }

    /// A body that nobody takes would keep the next request waiting.
    private void operationEnds() {
        synchronized (monitor) {
            if (--operations == 0 && !bodyTaken) {
                unlessEnded(request::resume);
            }
        }
    }

    /// Somebody waits for the body, or for its end.
    void bodyTaken() {
        synchronized (monitor) {
            if (operations > 0 && !bodyTaken) {
                unlessEnded(request::resume);
            }
            bodyTaken = true;
        }
    }

    private static void unlessEnded(Runnable step) {
        try {
            step.run();
        } catch (IllegalStateException e) {
            // there is nothing of it to hold, or to go on with
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
