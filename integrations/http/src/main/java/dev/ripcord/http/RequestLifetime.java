package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Context.CallableOp;
import dev.ripcord.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One request as its server sees it: the context of the request, and every way in which that can end.
///
/// It is the seam for adapters to servers: an adapter opens it by [ServerLifetime#open] before anybody handles the
/// request, and ends it, by [#handlerFinished()] at the latest.
///
/// ## Rules
///
/// - The first end wins; the others do nothing and return false.
/// - No method but [#call] blocks or throws; all may be called by any thread.
/// - It keeps no reference to the request.
public final class RequestLifetime {

    /// The name of the attribute under which an adapter leaves the lifetime on the request, where requests have
    /// attributes. `dev.ripcord.servlet.ContextFilter` looks there.
    public static final String ATTRIBUTE = "dev.ripcord.http.RequestLifetime";

    /// By when they were opened, which stays as it is while they are sorted.
    static final Comparator<RequestLifetime> OLDEST_FIRST = (a, b) -> Long.signum(a.openedNanos - b.openedNanos);

    private final CancellableContext scope;

    @SuppressWarnings("ContextInField") // one lifetime is one request
    private final Context context;

    private final String method;
    private final String path;
    private final Consumer<RequestLifetime> atHandlerFinished;

    /// A moment of the clock of its contexts, and when it was opened, since then.
    private final Deadline start;

    private final long openedNanos;

    /// Whom to ask where the request is blocked: the thread that is in [#call].
    private volatile @Nullable Thread handler;

    RequestLifetime(
            Context parent, Deadline start, String method, String path, Consumer<RequestLifetime> atHandlerFinished) {
        this.scope = parent.withCancel();
        this.context = scope.call(Context::current);
        this.method = method;
        this.path = path;
        this.atHandlerFinished = atHandlerFinished;
        this.start = start;
        this.openedNanos = nanosSinceStart();
    }

    /// The request's context.
    ///
    /// @return it, without the power to cancel it
    public Context context() {
        return context;
    }

    /// How long ago the request began.
    ///
    /// @return the time since it was opened
    public Duration age() {
        return Duration.ofNanos(ageNanos());
    }

    /// Handles the request on this thread, with its context as the current one.
    ///
    /// @param <R> what the handler returns
    /// @param <X> what it throws
    /// @param handling of the request, or of a part of it
    /// @return what `handling` returned
    /// @throws X if `handling` does
    public <R extends @Nullable Object, X extends Throwable> R call(CallableOp<? extends R, X> handling) throws X {
        Thread thread = Thread.currentThread();
        boolean isOutermost = handler != thread;
        handler = thread;
        try {
            return context.<R, X>call(handling);
        } finally {
            if (isOutermost && handler == thread) { // else it has gone on to another thread
                handler = null;
            }
        }
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
    /// @param errorCode that of HTTP/2, such as 8 for CANCEL; empty if the server does not tell
    /// @param failure what the server reports
    /// @return whether this call ended the context
    public boolean streamReset(OptionalLong errorCode, @Nullable IOException failure) {
        return end(new StreamResetException(this, requireNonNull(errorCode, "errorCode"), failure));
    }

    /// The response could not be written.
    ///
    /// @param failure what writing threw
    /// @return whether this call ended the context
    public boolean responseWriteFailed(IOException failure) {
        return end(new ResponseWriteFailedException(this, requireNonNull(failure, "failure")));
    }

    /// The handler is done with the request: the normal end, and the last that an adapter says of any request.
    ///
    /// @return whether this call ended the context
    public boolean handlerFinished() {
        boolean ended = end(new HandlerFinishedException(this));
        atHandlerFinished.accept(this);
        return ended;
    }

    private boolean end(RequestEndedException cause) {
        return scope.cancel(cause);
    }

    /// `GET /products/1`: without the query, which may hold secrets.
    String request() {
        return method + " " + path;
    }

    long ageNanos() {
        return nanosSinceStart() - openedNanos;
    }

    private long nanosSinceStart() {
        return -start.remaining().toNanos();
    }

    /// The request, its age, and where it is blocked if a thread is in [#call].
    ///
    /// @return for instance `GET /search 5012ms at org.postgresql.core.VisibleBufferedInputStream.readMore`
    @Override
    public String toString() {
        return request() + " " + ageNanos() / 1_000_000 + "ms" + at();
    }

    private String at() {
        Thread thread = handler;
        StackTraceElement[] stack = thread == null ? new StackTraceElement[0] : thread.getStackTrace();
        return Stream.of(stack)
                .filter(frame -> !isOfTheJdk(frame))
                .findFirst()
                .map(frame -> " at " + frame.getClassName() + "." + frame.getMethodName())
                .orElse("");
    }

    private static boolean isOfTheJdk(StackTraceElement frame) {
        String name = frame.getClassName();
        return name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.");
    }
}
