package dev.ripcord.http;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Why a request's context ended: what [dev.ripcord.Context#cause()] answers. The five subclasses are all there are.
///
/// {@snippet class="dev.ripcord.http.HttpExampleTest" region="cause"}
///
/// It is a fact rather than a failure: nobody throws it, and it carries no stack trace. A context can also end
/// by what its parent or a deadline brings about: see [ServerStoppingException] and
/// [dev.ripcord.DeadlineExceededException].
public abstract sealed class RequestEndedException extends Exception
        permits ClientDisconnectedException,
                ConnectionResetException,
                StreamResetException,
                ResponseWriteFailedException,
                HandlerFinishedException {

    private static final long serialVersionUID = 1L;

    private final String request;
    private final long afterNanos;

    RequestEndedException(RequestLifetime lifetime, @Nullable IOException failure) {
        super(null, failure, false, false);
        this.request = lifetime.request();
        this.afterNanos = lifetime.ageNanos();
    }

    /// Whether the client is gone, so that no response reaches it.
    ///
    /// @return false only if the handler finished
    public final boolean isClientGone() {
        return !(this instanceof HandlerFinishedException);
    }

    /// Which request it was.
    ///
    /// @return its method and path, such as `GET /products/1`; without the query, which may hold secrets
    public final String request() {
        return request;
    }

    /// When it ended.
    ///
    /// @return how long after the request's begin
    public final Duration after() {
        return Duration.ofNanos(afterNanos);
    }

    /// What happened, when, and to which request.
    ///
    /// @return for instance `client closed the connection 512ms into GET /search`
    @Override
    public final String getMessage() {
        String message = what() + " " + afterNanos / 1_000_000 + "ms into " + request;
        Throwable failure = getCause();
        return failure == null ? message : message + ": " + failure.getMessage();
    }

    /// The beginning of the message.
    abstract String what();
}
