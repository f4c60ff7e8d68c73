package dev.ripcord;

import java.util.List;
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

    /// The facts, for those in this package.
    End end() {
        return end;
    }
}
