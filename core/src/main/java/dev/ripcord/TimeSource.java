package dev.ripcord;

import dev.ripcord.spi.TreeObserver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The clock and the timers of a tree of contexts, and who watches it: the one seam through which time comes in.
///
/// Each root has one, and its descendants share it. In production it is [#SYSTEM]; tests have a clock that
/// they move by hand, such as a [HostedTime].
///
/// Whoever watches is told nothing by a question, nor when a listener leaves or is fired, so that those cost the same.
abstract class TimeSource {

    static final TimeSource SYSTEM = new SystemTime();

    /// The monotonic clock.
    abstract long nanoTime();

    /// The wall clock.
    abstract Instant instant();

    /// The number of the wheel for a timer that the current thread makes.
    abstract int stripe();

    abstract Wheel wheel(int stripe);

    /// Called after a timer has been put into a wheel: whoever advances the wheels must look at `node`'s deadline
    /// in time.
    abstract void armed(DeadlineNode node);

    /// Puts a timer into its wheel, unless it has been taken out before.
    void arm(Wheel.Timer timer) {
        wheel(timer.stripe).arm(timer);
        armed(timer.node());
    }

    /// Takes a timer out of its wheel, for good.
    void disarm(Wheel.Timer timer) {
        wheel(timer.stripe).disarm(timer);
    }

    /// Called when a scope has been made.
    void made(ScopeNode scope) {}

    /// Called before `link` is added to the list of `scope`.
    void listens(ScopeNode scope, Link link) {}

    /// Called when the thread that waited behind `link` goes on.
    void left(ScopeNode scope, Link link) {}

    /// Called before a thread of a group is started.
    void forked(ScopeNode scope, Thread thread) {}

    /// The JVM's clock, with one wheel per stripe of threads and one daemon thread that watches them all.
    ///
    /// The thread runs [ScopeNode#expire], never user code, and sleeps without a limit when no timer is armed.
    private static final class SystemTime extends TimeSource implements Runnable {

        /// The value of [#wakeAt] while the thread is not asleep.
        private static final long AWAKE = Long.MIN_VALUE;

        /// The value of [#wakeAt] while the thread sleeps without a limit, as ticks of the clock from `origin`.
        private static final long NEVER = Long.MAX_VALUE;

        /// Who watches all trees of this clock, or null: in production there is nobody, and the compiler knows.
        private static final @Nullable TreeObserver OBSERVER = ServiceLoader.load(
                        TreeObserver.class, TimeSource.class.getClassLoader())
                .findFirst()
                .orElse(null);

        private final long origin = System.nanoTime();
        private final Wheel[] stripes = new Wheel[stripes()];

        /// When the thread will wake by itself, in nanoseconds since [#origin], so never negative nor wrapped.
        private volatile long wakeAt = AWAKE;

        /// A timer was armed while the thread was awake, so it looks again before it sleeps.
        private volatile boolean missed;

        SystemTime() {
            for (int i = 0; i < stripes.length; i++) {
                stripes[i] = new Wheel(origin);
            }
        }

        private static int stripes() {
            return Math.min(16, Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors() - 1));
        }

        @Override
        long nanoTime() {
            return System.nanoTime();
        }

        @Override
        Instant instant() {
            return Instant.now();
        }

        @Override
        int stripe() {
            return (int) Thread.currentThread().threadId() & (stripes.length - 1);
        }

        @Override
        Wheel wheel(int stripe) {
            return stripes[stripe];
        }

        @Override
        void armed(DeadlineNode node) {
            Thread thread = TimerThread.THREAD;
            if (wakeAt == AWAKE) {
                missed = true;
            }
            // Read again: the thread may have gone to sleep between the read and the write above.
            if (Math.max(0, node.deadlineNanos - origin) < wakeAt) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        void made(ScopeNode scope) {
            if (OBSERVER != null) {
                OBSERVER.made(scope, scope.parent);
            }
        }

        @Override
        void listens(ScopeNode scope, Link link) {
            if (OBSERVER != null) {
                OBSERVER.listens(new Observed(scope, link));
            }
        }

        @Override
        void left(ScopeNode scope, Link link) {
            if (OBSERVER != null) {
                OBSERVER.left(new Observed(scope, link));
            }
        }

        @Override
        void forked(ScopeNode scope, Thread thread) {
            if (OBSERVER != null) {
                OBSERVER.forked(scope, thread);
            }
        }

        @Override
        public void run() {
            List<DeadlineNode> due = new ArrayList<>();
            Callback.Batch callbacks = new Callback.Batch();
            while (true) {
                wakeAt = AWAKE;
                missed = false;
                long next = advance(due);
                for (DeadlineNode node : due) {
                    expire(node, callbacks);
                }
                callbacks.flush();
                due.clear();
                wakeAt = next;
                if (!missed) {
                    sleepUntil(next);
                }
            }
        }

        // No error, not even a lack of memory or threads for callbacks, stops the timer thread.

        /// Adds to `due` what is due.
        ///
        /// @return when there is something to do next
        private long advance(List<DeadlineNode> due) {
            long next = NEVER;
            try {
                for (Wheel wheel : stripes) {
                    next = Math.min(next, wheel.advance(System.nanoTime(), due::add));
                }
                return next;
            } catch (Throwable e) {
                report(e);
                return 0;
            }
        }

        private static void expire(DeadlineNode node, Callback.Batch callbacks) {
            try {
                node.expire(callbacks);
            } catch (Throwable e) {
                report(e);
            }
        }

        private static void report(Throwable e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }

        private void sleepUntil(long next) {
            if (next == NEVER) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, next - (System.nanoTime() - origin));
            }
        }

        /// Starts the thread with the first armed timer.
        private static final class TimerThread {

            static final Thread THREAD = Thread.ofPlatform()
                    .name("ripcord-timer")
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .start((SystemTime) SYSTEM);
        }
    }
}
