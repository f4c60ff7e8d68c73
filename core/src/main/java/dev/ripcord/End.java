package dev.ripcord;

import dev.ripcord.ContextException.Kind;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// How a tree of contexts ended: kind, cause and facts as one immutable object, which every context in it shares.
///
/// A node's end is one reference that goes from null to an `End` once. So kind and cause cannot disagree (R6).
final class End implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final boolean TRACE_ORIGIN = "origin".equals(System.getProperty("ripcord.trace"));

    private static final End CANCELLED = new End(Kind.CANCELLED, null, false, null);
    private static final End CLOSED = new End(Kind.CANCELLED, null, true, null);
    private static final VarHandle EXCEPTION;

    static {
        try {
            EXCEPTION = MethodHandles.lookup().findVarHandle(End.class, "exception", ContextException.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Kind kind;
    final @Nullable Throwable cause;
    final boolean closed;
    final @Nullable Throwable origin;

    /// Whether the three facts of a deadline below are known.
    final boolean timed;

    final @Nullable String name;
    final long budgetNanos;
    final long overNanos;

    /// Made when first asked for, then always the same; released and acquired.
    private transient @Nullable ContextException exception;

    private End(Kind kind, @Nullable Throwable cause, boolean closed, @Nullable Throwable origin) {
        this.kind = kind;
        this.cause = cause;
        this.closed = closed;
        this.origin = origin;
        this.timed = false;
        this.name = null;
        this.budgetNanos = 0;
        this.overNanos = 0;
    }

    private End(@Nullable String name, long budgetNanos, long overNanos) {
        this.kind = Kind.DEADLINE_EXCEEDED;
        this.cause = null;
        this.closed = false;
        this.origin = null;
        this.timed = true;
        this.name = name;
        this.budgetNanos = budgetNanos;
        this.overNanos = overNanos;
    }

    static End cancelled(@Nullable Throwable cause) {
        if (TRACE_ORIGIN) {
            return new End(Kind.CANCELLED, cause, false, new Origin());
        }
        return cause == null ? CANCELLED : new End(Kind.CANCELLED, cause, false, null);
    }

    static End closed() {
        return TRACE_ORIGIN ? new End(Kind.CANCELLED, null, true, new Origin()) : CLOSED;
    }

    static End deadlineExceeded(@Nullable String name, long budgetNanos, long overNanos) {
        return new End(name, budgetNanos, overNanos);
    }

    /// An end that another library reports; its facts are the kind and the cause.
    static End foreign(Kind kind, @Nullable Throwable cause) {
        return new End(kind, cause, false, null);
    }

    /// The one exception of this end: without a stack, since nobody threw it.
    ContextException exception() {
        ContextException known = (ContextException) EXCEPTION.getAcquire(this);
        if (known != null) {
            return known;
        }
        ContextException made = newException(null);
        ContextException first = (ContextException) EXCEPTION.compareAndExchange(this, null, made);
        return first == null ? made : first;
    }

    /// A new exception to throw, with the caller's stack.
    ///
    /// @param path of the context that is asked, or null for no stack either
    ContextException newException(@Nullable String path) {
        return switch (kind) {
            case CANCELLED -> new CancelledException(this, path);
            case DEADLINE_EXCEEDED -> new DeadlineExceededException(this, path);
        };
    }

    Throwable causeOrException() {
        return cause != null ? cause : exception();
    }

    /// The stack of the call that ended a context.
    private static final class Origin extends Exception {

        private static final long serialVersionUID = 1L;

        Origin() {
            super("the context was ended here, by thread "
                    + Thread.currentThread().getName());
        }
    }
}
