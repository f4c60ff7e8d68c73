package dev.ripcord;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A scope with a deadline of its own. An ancestor's sooner one stays in force: then this node arms no timer and
/// its deadline is only for people to read.
final class DeadlineNode extends CancelNode {

    private final @Nullable String name;
    final long deadlineNanos;
    private final long budgetNanos;

    private DeadlineNode(
            @Nullable ScopeNode parent,
            ValueNode values,
            long deadlineNanos,
            long budgetNanos,
            @Nullable String name,
            @Nullable DeadlineNode outer) {
        super(parent, values, outer, isSooner(values.time, deadlineNanos, outer));
        this.deadlineNanos = deadlineNanos;
        this.budgetNanos = budgetNanos;
        this.name = name;
        values.time.made(this);
    }

    static DeadlineNode after(Node parent, Duration timeout, @Nullable String name) {
        long budget = Deadline.toNanos(timeout);
        return of(parent, parent.values().time.nanoTime() + budget, budget, name);
    }

    static DeadlineNode at(Node parent, Deadline deadline, @Nullable String name) {
        TimeSource time = parent.values().time;
        long nanos = deadline.nanosOn(time);
        return of(parent, nanos, nanos - time.nanoTime(), name);
    }

    private static DeadlineNode of(Node parent, long deadlineNanos, long budgetNanos, @Nullable String name) {
        ScopeNode scope = parent.scope();
        DeadlineNode outer = scope == null ? null : scope.owner;
        DeadlineNode made = new DeadlineNode(scope, parent.values(), deadlineNanos, budgetNanos, name, outer);
        if (budgetNanos <= 0) {
            // Now, before an ancestor's later end can be taken for the first.
            made.poll();
        }
        return made;
    }

    /// On two clocks nobody knows which is sooner, so the outer one is left to its join, which is asked.
    private static boolean isSooner(TimeSource time, long deadlineNanos, @Nullable DeadlineNode outer) {
        return outer == null || outer.values.time != time || deadlineNanos - outer.deadlineNanos < 0;
    }

    Deadline ownDeadline() {
        return new Deadline(values.time, deadlineNanos);
    }

    End exceeded(long overNanos) {
        return End.deadlineExceeded(name, budgetNanos, overNanos);
    }

    @Override
    Link.Child newAttachment(boolean strong) {
        return strong && owner == this ? new Wheel.Timer(this, values.time.stripe()) : super.newAttachment(strong);
    }

    @Override
    String step() {
        String left = Deadline.left(deadlineNanos - values.time.nanoTime());
        return Path.step("withTimeout", name, Deadline.text(budgetNanos) + ", " + left);
    }
}
