package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What every context is made of: a scope, which can end, and a list of values.
///
/// Both are one field away at any depth, so no question walks layers (R3). A scope is its own; a value layer points to
/// the nearest one.
abstract sealed class Node implements Context permits ScopeNode, ValueNode {

    /// The only ambient store. Absent means [#background()].
    private static final ThreadLocal<@Nullable Node> CURRENT = new ThreadLocal<>();

    /// What ends this context, or null if nothing can.
    abstract @Nullable ScopeNode scope();

    /// The innermost value layer.
    abstract ValueNode values();

    static Context current() {
        Node current = CURRENT.get();
        return current == null ? ValueNode.BACKGROUND : current;
    }

    // ------------------------------------------------------------------------------------ the four questions

    @Override
    public final Optional<Deadline> deadline() {
        ScopeNode scope = scope();
        return scope == null || scope.owner == null ? Optional.empty() : Optional.of(scope.owner.ownDeadline());
    }

    @Override
    public final Done done() {
        return new DoneView(this);
    }

    @Override
    public final Optional<ContextException> err() {
        End end = poll();
        return end == null ? Optional.empty() : Optional.of(end.exception());
    }

    @Override
    public final <T> @Nullable T value(Key<T> key) {
        return values().lookup(requireNonNull(key, "key"));
    }

    @Override
    public final Optional<Throwable> cause() {
        End end = poll();
        return end == null ? Optional.empty() : Optional.of(end.causeOrException());
    }

    @Override
    public final void throwIfDone() {
        End end = poll();
        if (end != null) {
            throw end.newException(toString());
        }
    }

    private @Nullable End poll() {
        ScopeNode scope = scope();
        return scope == null ? null : scope.poll();
    }

    // ------------------------------------------------------------------------------------------- deriving

    @Override
    public final CancellableContext withCancel() {
        return new CancelNode(scope(), values());
    }

    @Override
    public final CancellableContext withTimeout(Duration timeout) {
        return DeadlineNode.after(this, requireNonNull(timeout, "timeout"), null);
    }

    @Override
    public final CancellableContext withTimeout(Duration timeout, String name) {
        return DeadlineNode.after(this, requireNonNull(timeout, "timeout"), requireNonNull(name, "name"));
    }

    @Override
    public final CancellableContext withDeadline(Deadline deadline) {
        return DeadlineNode.at(this, requireNonNull(deadline, "deadline"), null);
    }

    @Override
    public final CancellableContext withDeadline(Deadline deadline, String name) {
        return DeadlineNode.at(this, requireNonNull(deadline, "deadline"), requireNonNull(name, "name"));
    }

    @Override
    public final <T> Context withValue(Key<T> key, @Nullable T value) {
        requireNonNull(key, "key").check(value);
        return ValueNode.with(this, key, value);
    }

    @Override
    public final Context withoutCancel() {
        return ValueNode.detached(this);
    }

    // --------------------------------------------------------------------------------------- being called

    @Override
    public final Registration afterFunc(Runnable callback) {
        return Callback.register(scope(), null, requireNonNull(callback, "callback"));
    }

    @Override
    public final Registration afterFunc(Executor executor, Runnable callback) {
        return Callback.register(scope(), requireNonNull(executor, "executor"), requireNonNull(callback, "callback"));
    }

    // ---------------------------------------------------------------------------------- the ambient context

    @Override
    public final void run(Runnable task) {
        requireNonNull(task, "task");
        Node previous = enter(handedOut());
        try {
            task.run();
        } finally {
            exit(previous);
        }
    }

    @Override
    public final <V extends @Nullable Object, X extends Throwable> V call(CallableOp<? extends V, X> operation)
            throws X {
        requireNonNull(operation, "operation");
        Node previous = enter(handedOut());
        try {
            return operation.call();
        } finally {
            exit(previous);
        }
    }

    @Override
    public final Runnable wrap(Runnable task) {
        requireNonNull(task, "task");
        Node context = handedOut();
        return () -> context.run(task);
    }

    @Override
    public final <V extends @Nullable Object> Callable<V> wrap(Callable<V> task) {
        requireNonNull(task, "task");
        Node context = handedOut();
        return () -> context.<V, Exception>call(task::call);
    }

    /// This context without the power to cancel it (R7).
    final Node handedOut() {
        return this instanceof CancelNode scope ? ValueNode.view(scope) : this;
    }

    /// Makes `context` the current one of this thread.
    ///
    /// @param context null for none, as on threads of our own (R12)
    /// @return what to hand to [#exit]
    static @Nullable Node enter(@Nullable Node context) {
        Node previous = CURRENT.get();
        set(context);
        return previous;
    }

    static void exit(@Nullable Node previous) {
        set(previous);
    }

    private static void set(@Nullable Node context) {
        if (context == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(context);
        }
    }

    @Override
    public final String toString() {
        return Path.of(this);
    }
}
