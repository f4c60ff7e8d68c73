package dev.ripcord.httpclient;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.concurrent.CompletableFuture;

/// An [HttpClient] whose exchanges end with a context.
///
/// {@snippet class="dev.ripcord.httpclient.HttpClientExampleTest" region="get"}
///
/// ## Rules
///
/// - When the context ends, the exchange ends at whatever stage it is: connecting, in the TLS handshake, sending the
///   request, waiting for the headers, or receiving the body. The server sees it: HTTP/1.1 closes the connection,
///   HTTP/2 resets the stream and keeps the connection.
/// - A body that is read after the response is there (`ofInputStream`, `ofLines`, `ofPublisher`) stays tied to the
///   context until it has been read to its end or closed. So read it inside the scope that the call was made with.
/// - The context's deadline and [HttpRequest#timeout()] are both in force, and the sooner one ends the exchange. The
///   request's own timeout is the JDK's: up to JDK 25 it ends when the headers are there, while the context covers all.
/// - A context that has ended sends nothing. A context that never ends costs nothing: the call goes straight to the
///   client.
/// - After the exchange, nothing of it stays registered with the context.
/// - Nothing of the context is put on the wire.
///
/// ## Threads and memory
///
/// All methods may be called by any number of threads, platform or virtual. An exchange is aborted on one of Ripcord's
/// own daemon threads, so also when every carrier is busy. No thread is interrupted.
///
/// ## Errors
///
/// If the context has ended when an exchange or a read fails, the failure is a [ContextException] that tells which
/// deadline fired or why the context was cancelled, and the client's own exception is suppressed in it. It is what
/// `send` throws, what the future of `sendAsync` fails with, what reading the body of `ofInputStream` and `ofLines`
/// throws, and what a `Flow` subscriber gets. A stream that a handler of your own wraps around those
/// throws an [IOException] with the [ContextException] in its chain of causes, as that stream sees fit.
///
/// While the context is live every failure is the client's own, untouched.
@SuppressWarnings("ContextDroppedCall") // these are the calls that it asks for
public final class ContextHttpClient {

    private final HttpClient client;

    private ContextHttpClient(HttpClient client) {
        this.client = client;
    }

    /// A client that exchanges over `client`: its connections, its protocols, its executor.
    ///
    /// @param client stays the caller's, to use directly and to close
    /// @return a new one; it holds nothing else
    public static ContextHttpClient of(HttpClient client) {
        return new ContextHttpClient(requireNonNull(client, "client"));
    }

    /// Sends `request` under `ctx`, and blocks until the response is there, as [HttpClient#send] does.
    ///
    /// @param <T> the type of the body
    /// @param ctx ends the exchange
    /// @param request what to send
    /// @param handler what to do with the body
    /// @return the response; with a handler that streams, its body is still tied to `ctx`
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws IOException if the exchange failed otherwise; the exception that the client made, as it is
    /// @throws InterruptedException if the thread is interrupted; the exchange is aborted
    public <T> HttpResponse<T> send(Context ctx, HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        requireNonNull(ctx, "ctx");
        requireNonNull(request, "request");
        requireNonNull(handler, "handler");
        ctx.throwIfDone();
        if (ctx.done().isNever()) {
            return client.send(request, handler);
        }
        return new Exchange<>(ctx, client, request, handler).await();
    }

    /// Sends `request` under [Context#current()], as [#send(Context, HttpRequest, BodyHandler)] does.
    ///
    /// @param <T> the type of the body
    /// @param request what to send
    /// @param handler what to do with the body
    /// @return the response; with a handler that streams, its body is still tied to the context
    /// @throws ContextException if the context ended first, or had ended before
    /// @throws IOException if the exchange failed otherwise; the exception that the client made, as it is
    /// @throws InterruptedException if the thread is interrupted; the exchange is aborted
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        return send(Context.current(), request, handler);
    }

    /// Sends `request` under `ctx` without waiting, as [HttpClient#sendAsync] does.
    ///
    /// The future fails with a [ContextException] if `ctx` ends first, or had ended before. `cancel(true)` on it, or
    /// on a stage that depends on it, aborts the exchange, the body included. Any other completion of it, such as
    /// `cancel(false)` or `orTimeout`, leaves the exchange running until the context ends.
    ///
    /// @param <T> the type of the body
    /// @param ctx ends the exchange
    /// @param request what to send
    /// @param handler what to do with the body
    /// @return completes when [#send(Context, HttpRequest, BodyHandler)] would return
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(Context ctx, HttpRequest request, BodyHandler<T> handler) {
        requireNonNull(ctx, "ctx");
        requireNonNull(request, "request");
        requireNonNull(handler, "handler");
        try {
            ctx.throwIfDone();
        } catch (ContextException end) {
            return CompletableFuture.failedFuture(end);
        }
        if (ctx.done().isNever()) {
            return client.sendAsync(request, handler);
        }
        return new Exchange<>(ctx, client, request, handler).response();
    }

    /// Sends `request` under [Context#current()], as [#sendAsync(Context, HttpRequest, BodyHandler)] does.
    ///
    /// @param <T> the type of the body
    /// @param request what to send
    /// @param handler what to do with the body
    /// @return completes when [#send(HttpRequest, BodyHandler)] would return
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        return sendAsync(Context.current(), request, handler);
    }

    /// The client that it sends with.
    @Override
    public String toString() {
        return "ContextHttpClient[" + client + "]";
    }
}
