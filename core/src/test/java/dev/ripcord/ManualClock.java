package dev.ripcord;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that a test moves by hand, with the timers of the contexts below its [#root()].
///
/// It begins one second before the reading wraps from the largest `long` to the smallest: whoever compares readings
/// instead of differences fails.
final class ManualClock extends TimeSource {

    private static final long ORIGIN = Long.MAX_VALUE - 1_000_000_000L;
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    private final Wheel wheel = new Wheel(ORIGIN);

    // Written by the test's thread, read by any.
    private final AtomicLong elapsed = new AtomicLong();

    /// A root context whose time is this clock's.
    Context root() {
        return ValueNode.root("test", this);
    }

    /// Lets `duration` pass, and ends every context whose timer is due on the way, in the order of the deadlines and
    /// with the clock at each of them.
    void advance(Duration duration) {
        long target = elapsed.get() + duration.toNanos();
        for (long next = fire(); next <= target; next = fire()) {
            elapsed.set(next);
        }
        elapsed.set(target);
        // Who armed a timer meanwhile reads the clock after that: he fires it himself, or it is fired here.
        fire();
    }

    /// Lets `duration` pass, but no timer notices.
    void pass(Duration duration) {
        elapsed.addAndGet(duration.toNanos());
    }

    /// The timers that are armed.
    int armed() {
        return Insides.timers(wheel);
    }

    /// Ends what is due.
    ///
    /// @return when there is something to do next
    private long fire() {
        List<DeadlineNode> due = new ArrayList<>();
        long next = wheel.advance(nanoTime(), due::add);
        due.sort(Comparator.comparingLong(node -> node.deadlineNanos - ORIGIN));
        due.forEach(ScopeNode::poll);
        return next;
    }

    @Override
    long nanoTime() {
        return ORIGIN + elapsed.get();
    }

    @Override
    Instant instant() {
        return NOON.plusNanos(elapsed.get());
    }

    @Override
    int stripe() {
        return 0;
    }

    @Override
    Wheel wheel(int stripe) {
        return wheel;
    }

    @Override
    void armed(DeadlineNode node) {
        // A timer in the past fires at once. Nobody sleeps for the others: the next advance looks.
        if (node.deadlineNanos - nanoTime() <= 0) {
            node.poll();
        }
    }

    // Whoever watches the JVM's clock watches this one: verification/leaks has somebody.

    @Override
    void made(ScopeNode scope) {
        SYSTEM.made(scope);
    }

    @Override
    void listens(ScopeNode scope, Link link) {
        SYSTEM.listens(scope, link);
    }

    @Override
    void left(ScopeNode scope, Link link) {
        SYSTEM.left(scope, link);
    }

    @Override
    void forked(ScopeNode scope, Thread thread) {
        SYSTEM.forked(scope, thread);
    }
}
