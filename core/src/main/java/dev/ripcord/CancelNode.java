package dev.ripcord;

import org.jspecify.annotations.Nullable;

/// A scope that its creator can cancel and close.
sealed class CancelNode extends ScopeNode implements CancellableContext permits DeadlineNode {

    CancelNode(@Nullable ScopeNode parent, ValueNode values) {
        super(parent, values, parent == null ? null : parent.owner, false);
        values.time.made(this);
    }

    /// For [DeadlineNode].
    CancelNode(@Nullable ScopeNode parent, ValueNode values, @Nullable DeadlineNode owner, boolean own) {
        super(parent, values, owner, own);
    }

    @Override
    public final boolean cancel() {
        return cancel(null);
    }

    @Override
    public final boolean cancel(@Nullable Throwable cause) {
        return poll() == null && end(End.cancelled(cause));
    }

    @Override
    public final void close() {
        if (poll() == null) {
            end(End.closed());
        }
    }

    @Override
    String step() {
        return ".withCancel";
    }
}
