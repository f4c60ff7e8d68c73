package dev.ripcord.reactornetty;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.http.EventLoopRequest;
import dev.ripcord.http.RequestEndedException;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/// A Reactor Netty server whose requests have contexts that end when the client is gone or the server stops.
///
/// {@snippet class="dev.ripcord.reactornetty.RipcordReactorNettyExampleTest" region="install"}
///
/// ## Rules
///
/// - The context is that of the request from when its publisher is subscribed until that has completed, failed or been
///   cancelled, and no operation of [#blocking] is running.
/// - A client that closes its connection, or its half of it, is gone: Reactor Netty closes the other half, so that it
///   gets no answer. So is the client of an HTTP/2 stream that is reset, or whose connection ends.
/// - Over HTTP/1.1 Reactor Netty reads no further than the handler asks it to, until it has read the whole body. A part
///   of a body that nobody reads hides a close.
/// - It is the server's `mapHandle`, of which there is one. It puts a handler into the pipeline of each channel that
///   requests come by, and another one into that of each HTTP/2 connection.
///
/// ## Threads
///
/// Handlers run on Reactor Netty's event loop, which has to stay free. Code that blocks belongs into [#blocking], which
/// interrupts nobody; `subscribeOn` a scheduler would interrupt its thread when the client leaves.
public final class RipcordReactorNetty {

    private final ServerLifetime requests;
    private final Set<DisposableServer> bound = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    private RipcordReactorNetty(Context parent) {
        this.requests = ServerLifetime.under(parent);
    }

    /// For servers whose contexts have no parent but [Context#background()].
    ///
    /// @return what is installed in a server, and shuts it down
    public static RipcordReactorNetty create() {
        return create(Context.background());
    }

    /// For servers whose contexts are descendants of a context.
    ///
    /// @param parent what ends every request when it ends
    /// @return what is installed in a server, and shuts it down
    public static RipcordReactorNetty create(Context parent) {
        return new RipcordReactorNetty(requireNonNull(parent, "parent"));
    }

    /// Gives every request of a server a context.
    ///
    /// @param server that is not bound yet
    /// @return a server like it
    public HttpServer install(HttpServer server) {
        return server.mapHandle(this::handle).doOnBound(bound::add).doOnUnbound(bound::remove);
    }

    /// Runs an operation that may block on a virtual thread of its own, with a context that ends with the request's, as
    /// the parameter and as the current one.
    ///
    /// {@snippet class="dev.ripcord.reactornetty.RipcordReactorNettyExampleTest" region="search"}
    ///
    /// It finds the request by Reactor's context, wherever within the request's handling this is subscribed to. The
    /// context also ends when the subscription is cancelled, be it by a `timeout` above. The thread is never
    /// interrupted: what blocks has to end with the context.
    ///
    /// @param <T> what the operation returns
    /// @param operation is run once for each subscription
    /// @return emits on the operation's thread what it returned, if that is not null, or threw; nothing if the client
    ///     is gone, for that cancels it; fails with an [IllegalStateException] where no request is being handled
    public static <T> Mono<T> blocking(Context.Operation<? extends T> operation) {
        requireNonNull(operation, "operation");
        return Mono.deferContextual(view -> {
            if (view.getOrDefault(EventLoopRequest.class, null) instanceof EventLoopRequest request) {
                return Mono.create(sink -> run(request, operation, sink));
            }
            return Mono.error(new IllegalStateException(
                    "no request to block for; call RipcordReactorNetty.install with the server"));
        });
    }

    @SuppressWarnings("ContextNotClosed") // it ends with the request: what it was for may still hold it until then
    private static <T> void run(EventLoopRequest request, Context.Operation<? extends T> operation, MonoSink<T> sink) {
        CancellableContext scope = request.lifetime().context().withCancel();
        sink.onCancel(scope::cancel);
        var unused = request.<T>executeBlocking(
                        ctx -> scope.<T, Exception>call(() -> operation.call(Context.current())))
                .whenComplete((result, failure) -> {
                    if (isClientGone(scope)) {
                        return; // which cancels; of a failure Reactor Netty would warn
                    }
                    if (failure == null) {
                        sink.success(result);
                    } else {
                        sink.error(failure);
                    }
                });
    }

    private static boolean isClientGone(Context ctx) {
        return ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone();
    }

    /// Takes no more connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running. Connections
    /// that are open stay so, but for those of HTTP/1.1 that have been answered since. Not to be called on an event
    /// loop.
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
        bound.forEach(DisposableServer::dispose);
        return requests.shutdown(grace);
    }

    private Mono<Void> handle(Mono<Void> handling, Connection connection) {
        HttpServerRequest request = (HttpServerRequest) connection;
        if (draining) {
            ((HttpServerResponse) connection).keepAlive(false);
        }
        RequestLifetime lifetime = requests.open(request.method().name(), request.fullPath());
        EventLoopRequest ours = new EventLoopRequest(lifetime, "reactor-netty");
        Channel channel = connection.channel();
        ConnectionWatch watch = ConnectionWatch.of(channel);
        watch.begin(lifetime);
        boolean isStream = channel instanceof Http2StreamChannel;
        if (isStream) {
            channel.pipeline().addFirst(new StreamWatch(lifetime));
        }
        return handling.doOnTerminate(() -> {
                    if (!isStream && !channel.isActive()) {
                        later(channel, () -> watch.closed(lifetime));
                    }
                })
                .doFinally(signal -> later(channel, () -> {
                    watch.end(lifetime);
                    ours.responseOver();
                }))
                .contextWrite(view -> view.put(EventLoopRequest.class, ours));
    }

    /// When a connection closes while a response is streamed, Reactor Netty completes that before Netty tells why it
    /// closes.
    private static void later(Channel channel, Runnable step) {
        channel.eventLoop().execute(step);
    }

    /// For tests.
    ServerLifetime requests() {
        return requests;
    }
}
