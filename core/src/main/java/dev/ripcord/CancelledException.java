package dev.ripcord;

import org.jspecify.annotations.Nullable;

/// The end of a context that somebody cancelled or closed; [#getCause()] says why, if they did.
public final class CancelledException extends ContextException {

    private static final long serialVersionUID = 1L;

    CancelledException(End end, @Nullable String path) {
        super(message(end), end, path);
    }

    /// [Kind#CANCELLED].
    @Override
    public Kind kind() {
        return Kind.CANCELLED;
    }

    private static String message(End end) {
        if (end.closed) {
            return "context is already closed; derive a new one from its parent";
        }
        Throwable cause = end.cause;
        if (cause == null) {
            return "context cancelled";
        }
        String why = cause.getMessage();
        return "context cancelled: " + (why == null ? cause.getClass().getName() : why);
    }
}
