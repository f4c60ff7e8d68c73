package dev.ripcord;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a context ended: cancelled, or out of time. The two subclasses are all there are.
///
/// The kind says *how*, [#getCause()] says *why*, [#origin()] says *where*. A cause accompanies the kind
/// and never replaces it.
///
/// {@snippet class="dev.ripcord.TourExampleTest" region="kinds"}
public abstract sealed class ContextException extends RuntimeException
        permits CancelledException, DeadlineExceededException {

    private static final long serialVersionUID = 1L;

    /// How many causes are looked at: they may form a circle.
    private static final int LONGEST_CHAIN = 100;

    private final End end;

    /// @param path of the context that is asked, or null for the end's own, stackless exception
    ContextException(String message, End end, @Nullable String path) {
        super(path == null ? message : message + " at " + path, end.cause, path != null, path != null);
        this.end = end;
        if (path != null && end.origin != null) {
            addSuppressed(end.origin);
        }
    }

    /// The way in which a context ended.
    public enum Kind {
        /// Somebody ended it: the `cancel` or `close` of it or of an ancestor, or a foreign parent.
        CANCELLED,
        /// Its deadline, or an ancestor's, passed.
        DEADLINE_EXCEEDED
    }

    /// The way in which the context ended.
    ///
    /// @return the kind, for a switch
    public abstract Kind kind();

    /// The stack of the call that ended the context, innermost frame first; empty unless the JVM runs with
    /// `-Dripcord.trace=origin`. A deadline's end has none: nobody called.
    ///
    /// @return an immutable list
    public List<StackTraceElement> origin() {
        return end.origin == null ? List.of() : List.of(end.origin.getStackTrace());
    }

    /// The end of a context that `exception` comes from, if one is among its causes.
    ///
    /// Frameworks wrap what they catch in exceptions of their own, and keep it as the cause.
    ///
    /// {@snippet class="dev.ripcord.TourExampleTest" region="find"}
    ///
    /// @param exception what was caught, of any type
    /// @return the outermost `ContextException` among it and its causes; suppressed ones do not count
    public static Optional<ContextException> find(@Nullable Throwable exception) {
        Throwable cause = exception;
        for (int depth = 0; cause != null && depth < LONGEST_CHAIN; depth++) {
            if (cause instanceof ContextException end) {
                return Optional.of(end);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /// The facts, for those in this package.
    End end() {
        return end;
    }
}
