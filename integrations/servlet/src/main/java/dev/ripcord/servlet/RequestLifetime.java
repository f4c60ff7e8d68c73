package dev.ripcord.servlet;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One request as its server sees it: the context of the request, and every way in which that can end.
///
/// It is the seam for adapters to servers. An adapter that sees a request before any filter does opens its lifetime;
/// [ContextFilter] finds it, makes the context current, and leaves the end to the adapter. Who opens it ends it,
/// by [#handlerFinished()] at the latest.
///
/// ## Rules
///
/// - The first end wins; the others do nothing and return false.
/// - No method blocks or throws; all may be called by any thread.
/// - It keeps no reference to the request.
public final class RequestLifetime {

    private static final String ATTRIBUTE = RequestLifetime.class.getName();

    private final CancellableContext scope;

    @SuppressWarnings("ContextInField") // one lifetime is one request
    private final Context context;

    private final String method;
    private final String path;
    private final long openedNanos = System.nanoTime();

    private RequestLifetime(Context parent, HttpServletRequest request) {
        this.scope = parent.withCancel();
        this.context = scope.call(Context::current);
        this.method = request.getMethod();
        this.path = request.getRequestURI();
    }

    /// Begins the lifetime of a request.
    ///
    /// @param parent of the request's context
    /// @param request the request, which from now on carries its lifetime as an attribute
    /// @return the lifetime; whoever calls this has to end it
    public static RequestLifetime open(Context parent, HttpServletRequest request) {
        RequestLifetime lifetime =
                new RequestLifetime(requireNonNull(parent, "parent"), requireNonNull(request, "request"));
        request.setAttribute(ATTRIBUTE, lifetime);
        return lifetime;
    }

    /// The lifetime of a request.
    ///
    /// @param request as it came, wrapped or dispatched
    /// @return its lifetime, or null if none was opened
    public static @Nullable RequestLifetime of(ServletRequest request) {
        return (RequestLifetime) request.getAttribute(ATTRIBUTE);
    }

    /// The request's context.
    ///
    /// @return it, without the power to cancel it
    public Context context() {
        return context;
    }

    /// The client closed its connection, or its half of it.
    ///
    /// @return whether this call ended the context
    public boolean clientDisconnected() {
        return end(new ClientDisconnectedException(this));
    }

    /// The connection broke.
    ///
    /// @param failure what reading the connection threw
    /// @return whether this call ended the context
    public boolean connectionReset(IOException failure) {
        return end(new ConnectionResetException(this, requireNonNull(failure, "failure")));
    }

    /// The client gave up one stream of a connection that carries several.
    ///
    /// @param failure what the server reports
    /// @return whether this call ended the context
    public boolean streamReset(IOException failure) {
        return end(new StreamResetException(this, requireNonNull(failure, "failure")));
    }

    /// The response could not be written.
    ///
    /// @param failure what writing threw
    /// @return whether this call ended the context
    public boolean responseWriteFailed(IOException failure) {
        return end(new ResponseWriteFailedException(this, requireNonNull(failure, "failure")));
    }

    /// The handler is done with the request: the normal end.
    ///
    /// @return whether this call ended the context
    public boolean handlerFinished() {
        return end(new HandlerFinishedException(this));
    }

    private boolean end(RequestEndedException cause) {
        return scope.cancel(cause);
    }

    /// `GET /products/1`: without the query, which may hold secrets.
    String request() {
        return method + " " + path;
    }

    long ageNanos() {
        return System.nanoTime() - openedNanos;
    }
}
