package dev.ripcord;

import dev.ripcord.spi.ManualTime;
import java.time.Instant;

/// The time of a tree whose clock is somebody else's: he reads it, keeps its timers and tells when they are due.
final class HostedTime extends TimeSource {

    private final ManualTime host;

    private HostedTime(ManualTime host) {
        this.host = host;
    }

    /// The root of a tree whose time is `host`'s.
    static Context root(ManualTime host) {
        return ValueNode.root(host.toString(), new HostedTime(host));
    }

    @Override
    long nanoTime() {
        return host.nanoTime();
    }

    @Override
    Instant instant() {
        return host.instant();
    }

    // ------------------------------------------------------------------------------------------- timers

    /// Nobody is faster than one thread here.
    @Override
    int stripe() {
        return 0;
    }

    @Override
    Wheel wheel(int stripe) {
        throw new AssertionError("the host has the timers");
    }

    @Override
    void armed(DeadlineNode node) {
        throw new AssertionError("the host has the timers");
    }

    @Override
    void arm(Wheel.Timer timer) {
        boolean armed;
        synchronized (timer) {
            armed = timer.armElsewhere();
            if (armed) {
                host.arm(new Alarm(timer));
            }
        }
        if (armed && timer.node().deadlineNanos - nanoTime() <= 0) {
            timer.node().poll();
        }
    }

    @Override
    void disarm(Wheel.Timer timer) {
        synchronized (timer) {
            if (timer.disarmElsewhere()) {
                host.disarm(new Alarm(timer));
            }
        }
    }

    /// A timer as its host sees it. Two of them are equal if they stand for the same.
    private record Alarm(Wheel.Timer timer) implements ManualTime.Alarm {

        @Override
        public long nanos() {
            return timer.node().deadlineNanos;
        }

        @Override
        public void ring() {
            timer.node().poll();
        }

        @Override
        public String toString() {
            return timer.node().toString();
        }
    }

    // ----------------------------------------------------------------------------------------- watching

    @Override
    void made(ScopeNode scope) {
        host.made(scope, scope.parent);
    }

    @Override
    void listens(ScopeNode scope, Link link) {
        host.listens(new Observed(scope, link));
    }

    @Override
    void left(ScopeNode scope, Link link) {
        host.left(new Observed(scope, link));
    }

    @Override
    void forked(ScopeNode scope, Thread thread) {
        host.forked(scope, thread);
    }
}
