package dev.ripcord.undertow;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.AttachmentKey;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The outermost handler of a server: it opens each request's context and ends it when the client is gone, the
/// request is complete or the server stops.
///
/// {@snippet class="dev.ripcord.undertow.RipcordHandlerExampleTest" region="install"}
///
/// ## Rules
///
/// - The context lasts until the exchange is complete: until the answer has been sent, or cannot be.
/// - A client of HTTP/1.1 that closes its connection, or its half of it, is gone. The connection is watched once the
///   request's body has been read; bytes that follow it, a pipelined request, hide a later close.
/// - A client of HTTP/2 is gone when its stream was reset or its connection is closed, which is looked at every 10 ms.
/// - It puts nothing on the wire, and whatever it takes off it, it gives back before Undertow reads again.
/// - A handler finds the context by [#contextOf]. It is the current one within [#blocking] and [#inContext].
public final class RipcordHandler implements HttpHandler {

    private static final AttachmentKey<Watch> WATCH = AttachmentKey.create(Watch.class);

    private final HttpHandler next;
    private final ServerLifetime server;
    private final DisconnectWatcher watcher;

    /// Written before `server` is asked what runs; a request reads it when `server` has it: one of them sees the other.
    private volatile boolean draining;

    /// A handler whose contexts have no parent but [Context#background()].
    ///
    /// @param next what handles the requests, on Undertow's I/O threads at first
    public RipcordHandler(HttpHandler next) {
        this(Context.background(), next, DisconnectWatcher.DEFAULT_ARM_AFTER);
    }

    /// A handler whose contexts are descendants of a context.
    ///
    /// @param parent what ends every request when it ends
    /// @param next what handles the requests, on Undertow's I/O threads at first
    /// @param armAfter how old a request is before its connection is watched; zero watches every request at once
    /// @throws IllegalArgumentException if `armAfter` is negative
    public RipcordHandler(Context parent, HttpHandler next, Duration armAfter) {
        this.next = requireNonNull(next, "next");
        this.server = ServerLifetime.under(parent);
        try {
            this.watcher = DisconnectWatcher.start("undertow", armAfter);
        } catch (IOException e) {
            throw new UncheckedIOException("no selector to watch connections with", e);
        }
    }

    /// A handler in front of one that blocks.
    ///
    /// @param app is called on Undertow's worker threads, with the request's context as the current one
    /// @return a handler whose contexts have no parent but [Context#background()]
    public static RipcordHandler blocking(HttpHandler app) {
        return new RipcordHandler(new BlockingHandler(inContext(app)));
    }

    /// Makes the context of each request the current one, for handlers behind a `RipcordHandler` that go on to other
    /// threads: `exchange.dispatch(executor, inContext(app))`.
    ///
    /// @param app is called on the same thread
    /// @return what calls it
    public static HttpHandler inContext(HttpHandler app) {
        requireNonNull(app, "app");
        return exchange -> {
            Watch watch = watchOf(exchange);
            watch.handlerCalled();
            try {
                watch.lifetime().<@Nullable Void, Exception>call(() -> {
                    app.handleRequest(exchange);
                    return null;
                });
            } finally {
                if (watch.handlerReturned()) {
                    exchange.endExchange();
                }
            }
        };
    }

    /// The context of a request, on any thread, until the exchange is complete.
    ///
    /// @param exchange that came through this handler
    /// @return its context; the same at every call
    /// @throws IllegalStateException if it did not
    public static Context contextOf(HttpServerExchange exchange) {
        return watchOf(exchange).lifetime().context();
    }

    private static Watch watchOf(HttpServerExchange exchange) {
        Watch watch = exchange.getAttachment(WATCH);
        if (watch == null) {
            throw new IllegalStateException("exchange has no context; make dev.ripcord.undertow.RipcordHandler the"
                    + " outermost handler of the server: Undertow.builder().setHandler(ripcord)");
        }
        return watch;
    }

    /// Turns new requests away, with 503, lets running ones finish, and cancels those that have not finished after
    /// `grace` with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to `Undertow.stop()`, which by itself would wait for every handler, however long that takes. The
    /// handler cannot be used again.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        draining = true;
        try {
            return server.shutdown(grace);
        } finally {
            watcher.close();
        }
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (exchange.getAttachment(WATCH) != null) { // handed on by another of us
            next.handleRequest(exchange);
            return;
        }
        RequestLifetime lifetime = server.open(exchange.getRequestMethod().toString(), exchange.getRequestURI());
        if (draining) {
            lifetime.handlerFinished();
            turnAway(exchange);
            return;
        }
        Watch watch = Watch.of(lifetime, exchange);
        exchange.putAttachment(WATCH, watch);
        exchange.addRequestWrapper((body, of) -> new WatchedBody(body.create(), of, watch));
        exchange.addResponseWrapper((answer, of) -> new WatchedAnswer(answer.create(), watch));
        exchange.addDefaultResponseListener(ending -> watch.leavesEndToHandler());
        exchange.addExchangeCompleteListener((complete, others) -> watch.end(others::proceed));
        watcher.enter(watch);
        next.handleRequest(exchange);
    }

    private static void turnAway(HttpServerExchange exchange) {
        exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
        exchange.setPersistent(false);
        exchange.endExchange();
    }

    /// The server's requests. For tests.
    ServerLifetime server() {
        return server;
    }
}
