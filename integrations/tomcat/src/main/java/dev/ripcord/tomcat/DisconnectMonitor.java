package dev.ripcord.tomcat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;

/// The one thread that watches the connections of running requests, with a selector of its own.
///
/// A request enters a queue and is looked at when it is old enough; most have ended by then. It is a platform thread,
/// since it must run even when every carrier is busy.
///
/// ## Invariants
///
/// 1. A connection is registered only after a select that began when its watch had entered. The key of the connection's
///    previous request was cancelled before that, so it is gone and the channel can be registered again.
/// 2. While there are keys, cancelled ones included, the thread selects at least once a tick. So a connection that the
///    server closes gives its file descriptor back within a tick.
final class DisconnectMonitor implements AutoCloseable {

    private static final Log LOG = LogFactory.getLog(DisconnectMonitor.class);

    private static final String UNWATCHED = "a request is not watched any more";

    private static final long TICK_MILLIS = 10;
    private static final int IDLE_TICKS_BEFORE_PARKING = 100;

    private final long armAfterNanos;
    private final Selector selector;
    private final Thread thread;
    private final Queue<Watch> entered = new ConcurrentLinkedQueue<>();

    /// Whether nothing wakes the thread but a new request. Written by the thread; a request that enters reads it after
    /// the queue has it, the thread reads the queue after it wrote this: one of them sees the other.
    private volatile boolean parked;

    private volatile boolean closed;

    // the monitor's thread only

    private List<Watch> polled = new ArrayList<>();
    private int idleTicks;

    private DisconnectMonitor(Duration armAfter) throws IOException {
        this.armAfterNanos = armAfter.toNanos();
        this.selector = Selector.open();
        this.thread = Thread.ofPlatform()
                .name("ripcord-tomcat")
                .daemon()
                .inheritInheritableThreadLocals(false)
                .unstarted(this::run);
    }

    static DisconnectMonitor start(Duration armAfter) throws IOException {
        DisconnectMonitor monitor = new DisconnectMonitor(armAfter);
        monitor.thread.start();
        return monitor;
    }

    /// Begins to watch.
    void enter(Watch watch) {
        if (closed) {
            return;
        }
        entered.add(watch);
        if (parked || armAfterNanos == 0) {
            selector.wakeup();
        }
    }

    /// Stops watching and closes the selector. Requests that still run are not told anything.
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    /// How many connections are registered, those included that are about to go.
    int armed() {
        return selector.keys().size();
    }

    private void run() {
        try (selector) {
            long tickedNanos = System.nanoTime();
            while (!closed) {
                select();
                if (armAfterNanos == 0
                        || System.nanoTime() - tickedNanos >= TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
                    tickedNanos = System.nanoTime();
                    tick();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            closed = true;
        }
    }

    private void select() throws IOException {
        parked = idleTicks >= IDLE_TICKS_BEFORE_PARKING;
        if (parked && entered.isEmpty()) {
            selector.select(DisconnectMonitor::readable);
        } else {
            selector.select(DisconnectMonitor::readable, TICK_MILLIS);
        }
        parked = false;
    }

    private void tick() throws IOException {
        List<Watch> due = takeDue();
        List<Watch> toArm = new ArrayList<>();
        List<Watch> toPoll = new ArrayList<>();
        for (Watch watch : due) {
            switch (next(watch)) {
                case ARM -> toArm.add(watch);
                case POLL -> toPoll.add(watch);
                case FORGET -> {}
            }
        }
        polled = toPoll;
        if (!toArm.isEmpty()) {
            selector.selectNow(DisconnectMonitor::readable);
            toArm.forEach(this::arm);
        }
        boolean idle = polled.isEmpty() && selector.keys().isEmpty() && entered.isEmpty();
        idleTicks = idle ? idleTicks + 1 : 0;
    }

    /// Those that are to be looked at again, and those that have become old enough.
    private List<Watch> takeDue() {
        List<Watch> due = polled;
        for (Watch watch = entered.peek(); watch != null; watch = entered.peek()) {
            if (watch.isOpen() && watch.ageNanos() < armAfterNanos) {
                break;
            }
            entered.remove();
            due.add(watch);
        }
        return due;
    }

    private static Watch.Next next(Watch watch) {
        try {
            return watch.poll();
        } catch (RuntimeException e) {
            LOG.warn(UNWATCHED, e);
            return Watch.Next.FORGET;
        }
    }

    private void arm(Watch watch) {
        try {
            watch.arm(selector);
        } catch (RuntimeException e) {
            LOG.warn(UNWATCHED, e);
        }
    }

    private static void readable(SelectionKey key) {
        try {
            ((Watch) key.attachment()).readable();
        } catch (RuntimeException e) {
            key.cancel();
            LOG.warn(UNWATCHED, e);
        }
    }
}
