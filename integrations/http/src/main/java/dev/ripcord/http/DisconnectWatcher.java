package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import dev.ripcord.http.spi.DisconnectSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/// The one thread that watches the connections of running requests, with a selector of its own.
///
/// A request enters a queue and is looked at when it is old enough; most have ended by then. It is a platform daemon
/// thread, since it must run even when every carrier is busy. An adapter has one for each server.
///
/// ## Invariants
///
/// 1. A connection is registered only after a select that began when its watch had entered. The key of the connection's
///    previous request was cancelled before that, so it is gone and the channel can be registered again.
/// 2. While there are keys, cancelled ones included, the thread selects at least once a tick. So a connection that the
///    server closes gives its file descriptor back within a tick.
public final class DisconnectWatcher implements AutoCloseable {

    /// How old a request is before its connection is watched, unless an adapter is told otherwise.
    ///
    /// Most requests are over by then and cost next to nothing. A client that leaves before is noticed then.
    public static final Duration DEFAULT_ARM_AFTER = Duration.ofMillis(20);

    private static final Logger LOG = System.getLogger("dev.ripcord.http");

    private static final String UNWATCHED = "a request is not watched any more";

    private static final long TICK_MILLIS = 10;
    private static final int IDLE_TICKS_BEFORE_PARKING = 100;

    private final long armAfterNanos;
    private final Selector selector;
    private final Thread thread;
    private final Queue<DisconnectSource> entered = new ConcurrentLinkedQueue<>();

    /// Whether nothing wakes the thread but a new request. Written by the thread; a request that enters reads it after
    /// the queue has it, the thread reads the queue after it wrote this: one of them sees the other.
    private volatile boolean parked;

    private volatile boolean closed;

    // the watcher's thread only

    private List<DisconnectSource> polled = new ArrayList<>();
    private int idleTicks;

    private DisconnectWatcher(String threadName, Duration armAfter) throws IOException {
        this.armAfterNanos = TimeUnit.NANOSECONDS.convert(armAfter);
        this.selector = Selector.open();
        this.thread = Thread.ofPlatform()
                .name(threadName)
                .daemon()
                .inheritInheritableThreadLocals(false)
                .unstarted(this::run);
    }

    /// Starts the thread.
    ///
    /// @param server whose requests are watched, such as `tomcat`: part of the thread's name
    /// @param armAfter how old a request is before it is looked at; zero looks at every request at once
    /// @return the watcher, to be closed when the server has stopped
    /// @throws IllegalArgumentException if `armAfter` is negative
    /// @throws IOException if there is no selector to be had
    public static DisconnectWatcher start(String server, Duration armAfter) throws IOException {
        requireNonNull(server, "server");
        if (armAfter.isNegative()) {
            throw new IllegalArgumentException("armAfter < 0: " + armAfter);
        }
        DisconnectWatcher watcher = new DisconnectWatcher("ripcord-" + server, armAfter);
        watcher.thread.start();
        return watcher;
    }

    /// Begins to watch a request.
    ///
    /// @param source what tells of its client; it is not looked at any more once this is closed
    public void enter(DisconnectSource source) {
        if (closed) {
            return;
        }
        entered.add(source);
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
    ///
    /// @return the number of keys of the selector
    public int registered() {
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
            selector.select(DisconnectWatcher::readable);
        } else {
            selector.select(DisconnectWatcher::readable, TICK_MILLIS);
        }
        parked = false;
    }

    private void tick() throws IOException {
        List<DisconnectSource> due = takeDue();
        List<DisconnectSource> toRegister = new ArrayList<>();
        List<DisconnectSource> toPoll = new ArrayList<>();
        for (DisconnectSource source : due) {
            switch (next(source)) {
                case REGISTER -> toRegister.add(source);
                case POLL -> toPoll.add(source);
                case FORGET -> {}
            }
        }
        polled = toPoll;
        if (!toRegister.isEmpty()) {
            selector.selectNow(DisconnectWatcher::readable);
            toRegister.forEach(this::register);
        }
        boolean idle = polled.isEmpty() && selector.keys().isEmpty() && entered.isEmpty();
        idleTicks = idle ? idleTicks + 1 : 0;
    }

    /// Those that are to be looked at again, and those that have become old enough.
    private List<DisconnectSource> takeDue() {
        List<DisconnectSource> due = polled;
        for (DisconnectSource source = entered.peek(); source != null; source = entered.peek()) {
            if (source.isOpen() && source.lifetime().ageNanos() < armAfterNanos) {
                break;
            }
            entered.remove();
            due.add(source);
        }
        return due;
    }

    private static DisconnectSource.Next next(DisconnectSource source) {
        try {
            return source.poll();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, UNWATCHED, e);
            return DisconnectSource.Next.FORGET;
        }
    }

    private void register(DisconnectSource source) {
        try {
            source.register(selector);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, UNWATCHED, e);
        }
    }

    private static void readable(SelectionKey key) {
        try {
            ((DisconnectSource) key.attachment()).readable();
        } catch (RuntimeException e) {
            key.cancel();
            LOG.log(Level.WARNING, UNWATCHED, e);
        }
    }
}
