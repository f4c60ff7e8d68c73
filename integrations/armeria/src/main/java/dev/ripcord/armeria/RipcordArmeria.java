package dev.ripcord.armeria;

import static java.util.Objects.requireNonNull;

import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.common.util.SafeCloseable;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.http.EventLoopRequest;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An Armeria server whose requests have contexts that end when the client is gone or the server stops.
///
/// {@snippet class="dev.ripcord.armeria.RipcordArmeriaExampleTest" region="install"}
///
/// ## Rules
///
/// - The context is that of the request until Armeria's log of it is complete, and no operation of [#executeBlocking]
///   is running.
/// - A client that closes its connection is gone; so is one that closes its half of it, for Armeria then closes the
///   other, and it gets no answer. Over TLS, closing a half is not noticed. Gone is also the client of an HTTP/2 stream
///   that is reset, or whose connection ends. Over HTTP/1.1 Armeria itself waits for a second before it cancels; the
///   context does not.
/// - A client whose connection the server closes before the answer has not left: Armeria's log of the request tells
///   that its response failed, and the context ends with a [dev.ripcord.http.ResponseWriteFailedException].
/// - Armeria's timeout of a request is the deadline of operations that block for it.
/// - It is a decorator of all services, and the first handler in the pipeline of every connection.
///
/// ## Threads
///
/// Services run on Armeria's event loop, which has to stay free. Code that blocks belongs into [#executeBlocking], or
/// onto Armeria's own executor for it, where it has [#contextOf] and no current context.
public final class RipcordArmeria {

    private static final AttributeKey<EventLoopRequest> REQUEST = AttributeKey.valueOf(RipcordArmeria.class, "request");

    private final ServerLifetime requests;
    private volatile boolean draining;

    private RipcordArmeria(Context parent) {
        this.requests = ServerLifetime.under(parent);
    }

    /// Gives every request of a server that is not yet built a context, whichever services it has now or gets later.
    ///
    /// @param server the builder of one server
    /// @return what shuts it down
    public static RipcordArmeria install(ServerBuilder server) {
        return install(Context.background(), server);
    }

    /// Gives every request of a server that is not yet built a context, whichever services it has now or gets later.
    ///
    /// @param parent what ends every request when it ends
    /// @param server the builder of one server
    /// @return what shuts it down
    public static RipcordArmeria install(Context parent, ServerBuilder server) {
        RipcordArmeria ripcord = new RipcordArmeria(requireNonNull(parent, "parent"));
        server.childChannelPipelineCustomizer(pipeline -> pipeline.addFirst(new ConnectionWatch(ripcord)));
        server.decorator(ripcord::serve);
        return ripcord;
    }

    /// The context of a request.
    ///
    /// @param request of a server that has this installed
    /// @return its context; the same at every call
    /// @throws IllegalStateException if the server has not
    public static Context contextOf(ServiceRequestContext request) {
        return requestOf(request).lifetime().context();
    }

    /// Runs an operation that may block on a virtual thread of its own, with a context that ends with the request's, as
    /// the parameter and as the current one.
    ///
    /// {@snippet class="dev.ripcord.armeria.RipcordArmeriaExampleTest" region="search"}
    ///
    /// The context's deadline is when Armeria will time the request out, as it is set when this is called. Armeria's
    /// own context is the thread's, too. The thread is never interrupted: what blocks has to end with the context.
    ///
    /// @param <T> what the operation returns
    /// @param request of a server that has this installed
    /// @param operation that may block
    /// @return what it returned or threw; to cancel that cancels nothing
    /// @throws IllegalStateException if the server has not
    @SuppressWarnings("ContextNotClosed") // it ends with the request: what it was for may still hold it until then
    public static <T extends @Nullable Object> CompletableFuture<T> executeBlocking(
            ServiceRequestContext request, Context.Operation<? extends T> operation) {
        requireNonNull(operation, "operation");
        EventLoopRequest ours = requestOf(request);
        CancellableContext scope = withTimeout(ours.lifetime(), request.requestTimeoutMillis());
        return ours.<T>executeBlocking(ctx -> {
            try (SafeCloseable pushed = request.push()) {
                return scope.<T, Exception>call(() -> operation.call(Context.current()));
            }
        });
    }

    private static CancellableContext withTimeout(RequestLifetime lifetime, long timeoutMillis) {
        Context ctx = lifetime.context();
        return timeoutMillis == 0
                ? ctx.withCancel()
                : ctx.withTimeout(Duration.ofMillis(timeoutMillis).minus(lifetime.age()), "request timeout");
    }

    private static EventLoopRequest requestOf(ServiceRequestContext request) {
        EventLoopRequest ours = request.attr(REQUEST);
        if (ours == null) {
            throw new IllegalStateException(
                    "request has no context; call RipcordArmeria.install with the server's builder");
        }
        return ours;
    }

    /// Takes no more connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to `Server.stop()`, which closes all connections. Until that, a new connection is closed without an
    /// answer, and one that is open after the answer to its next request. Not to be called on an event loop.
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
        return requests.shutdown(grace);
    }

    boolean isDraining() {
        return draining;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing in them can fail
    private HttpResponse serve(HttpService service, ServiceRequestContext request, HttpRequest http) throws Exception {
        RequestLifetime lifetime = requests.open(request.method().name(), request.path());
        EventLoopRequest ours = new EventLoopRequest(lifetime, "armeria");
        request.setAttr(REQUEST, ours);
        ConnectionWatch watch = watchOf(request);
        watch.begin(lifetime, request.sessionProtocol().isMultiplex());
        request.whenRequestCancelling().thenAccept(cause -> cancelled(lifetime, cause));
        request.log().whenComplete().thenAccept(log -> {
            watch.end(lifetime);
            if (log.responseCause() instanceof ClosedSessionException closed) {
                lifetime.responseWriteFailed(new IOException(closed)); // unless the client had left
            }
            ours.responseOver();
        });
        if (draining) {
            request.initiateConnectionShutdown();
        }
        return lifetime.call(() -> service.serve(request, http));
    }

    private static ConnectionWatch watchOf(ServiceRequestContext request) {
        Channel channel = requireNonNull(
                request.log().ensureAvailable(RequestLogProperty.SESSION).channel(), "channel");
        return requireNonNull(channel.pipeline().get(ConnectionWatch.class), "watch");
    }

    /// Of a stream that was reset. Of a connection that ends the watch has told before.
    private static void cancelled(RequestLifetime lifetime, Throwable cause) {
        if (cause instanceof ClosedStreamException && !(cause instanceof ClosedSessionException)) {
            lifetime.streamReset(codeOf(cause), null);
        }
    }

    /// Armeria tells the code by its name, at the end of the message.
    private static OptionalLong codeOf(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return Stream.of(Http2Error.values())
                .filter(error -> message.endsWith(": " + error.name()))
                .mapToLong(Http2Error::code)
                .findFirst();
    }

    /// For tests.
    ServerLifetime requests() {
        return requests;
    }
}
