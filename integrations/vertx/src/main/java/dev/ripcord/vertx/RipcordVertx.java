package dev.ripcord.vertx;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A Vert.x server whose requests have contexts that end when the client is gone or the server stops.
///
/// {@snippet class="dev.ripcord.vertx.RipcordVertxExampleTest" region="install"}
///
/// ## Rules
///
/// - The context is that of the request until its response has ended, or its client has gone, and no operation of
///   [#executeBlocking] is running.
/// - A client that closes its connection is gone; so is one that closes its half of it, for Vert.x then closes the
///   other, and it gets no answer. Over TLS, closing a half is not noticed. Gone is also the client of an HTTP/2 stream
///   that is reset, or whose connection ends.
/// - Up to eight pieces of a body that nobody reads, and of a next request, hide no close. When there are more, Vert.x
///   reads no further.
/// - The handlers that a program sets on its response for its end, its close and its failures are called as ever.
/// - A request that becomes a WebSocket or a socket has no context from then on.
///
/// ## Threads
///
/// Handlers run on Vert.x's event loop, which has to stay free: it is what notices that the client is gone. Code that
/// blocks belongs into [#executeBlocking], also in a verticle on virtual threads, for a handler that blocks there keeps
/// the reset of its stream waiting.
public final class RipcordVertx {

    /// What Vert.x waits beyond the grace before it closes connections: requests that were cancelled may answer.
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final Duration LONGEST_GRACE = Duration.ofDays(365);

    private final ServerLifetime requests;
    private final HttpServer server;

    private RipcordVertx(Context parent, HttpServer server) {
        this.requests = ServerLifetime.under(parent);
        this.server = server;
    }

    /// Gives every request of a server a context, and sets the server's handler of requests.
    ///
    /// @param server that does not listen yet
    /// @param handler of its requests, such as a router
    /// @return what shuts it down
    public static RipcordVertx install(HttpServer server, Handler<HttpServerRequest> handler) {
        return install(Context.background(), server, handler);
    }

    /// Gives every request of a server a context, and sets the server's handler of requests.
    ///
    /// @param parent what ends every request when it ends
    /// @param server that does not listen yet
    /// @param handler of its requests, such as a router
    /// @return what shuts it down
    public static RipcordVertx install(Context parent, HttpServer server, Handler<HttpServerRequest> handler) {
        requireNonNull(handler, "handler");
        RipcordVertx ripcord = new RipcordVertx(requireNonNull(parent, "parent"), requireNonNull(server, "server"));
        server.requestHandler(request -> ripcord.handle(request, handler));
        return ripcord;
    }

    /// The context of a request.
    ///
    /// @param request as the handler got it, or wrapped by a router
    /// @return its context; the same at every call
    /// @throws IllegalStateException if the request is not of a server that has this installed
    public static Context contextOf(HttpServerRequest request) {
        return Watch.of(request).lifetime().context();
    }

    /// Runs an operation that may block on a virtual thread of its own, with the request's context as the current one.
    ///
    /// {@snippet class="dev.ripcord.vertx.RipcordVertxExampleTest" region="search"}
    ///
    /// The thread is never interrupted: what blocks has to end with the context. Until the last of a request's
    /// operations has returned the request is paused, so that nothing of its body is lost, unless that is asked for:
    /// `request.body()` lets it go on, and `Blocking.await(ctx, request.body().toCompletionStage())` waits for it.
    ///
    /// @param <T> what the operation returns
    /// @param request as the handler got it, or wrapped by a router
    /// @param operation gets the request's context
    /// @return what it returned or threw, told on the Vert.x context that calls this
    /// @throws IllegalStateException if the request is not of a server that has this installed
    public static <T extends @Nullable Object> Future<T> executeBlocking(
            HttpServerRequest request, Context.Operation<? extends T> operation) {
        requireNonNull(operation, "operation");
        CompletableFuture<T> result = Watch.of(request).executeBlocking(operation);
        io.vertx.core.Context caller = Vertx.currentContext();
        return caller == null ? Future.fromCompletionStage(result) : Future.fromCompletionStage(result, caller);
    }

    /// Takes no more connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to Vert.x, which closes every connection when it has no request, HTTP/2 after saying so, and those that
    /// are left some two seconds after the grace. Not to be called on an event loop.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        Duration atMost = grace.compareTo(LONGEST_GRACE) > 0 ? LONGEST_GRACE : grace;
        var unused = server.shutdown(atMost.plus(LAST_WORDS));
        return requests.shutdown(grace);
    }

    private void handle(HttpServerRequest request, Handler<HttpServerRequest> handler) {
        RequestLifetime lifetime = requests.open(request.method().name(), String.valueOf(request.path()));
        Watch watch = new Watch(lifetime, request);
        HttpServerRequest watched = new WatchedRequest((HttpServerRequestInternal) request, watch);
        lifetime.call(() -> {
            handler.handle(watched);
            return watched;
        });
    }

    /// For tests.
    ServerLifetime requests() {
        return requests;
    }
}
