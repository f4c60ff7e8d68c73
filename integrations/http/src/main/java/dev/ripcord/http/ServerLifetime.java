package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Deadline;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// A server as its requests see it: the parent of their contexts, the list of those that run, and the end of all when
/// the server stops.
///
/// An adapter makes one when its server starts, opens a [RequestLifetime] for every request, and calls [#shutdown] once
/// the server takes no more connections.
///
/// ## Invariants
///
/// 1. A request is in `running` from [#open] until its handler has finished, whatever ended its context before.
/// 2. Who removes a request reads `draining` afterwards, and who drains looks at `running` after writing that: one of
///    them sees the other. So the wait ends with the last request.
public final class ServerLifetime {

    private static final Logger LOG = System.getLogger("dev.ripcord.http");

    /// How long requests that were cancelled may take to leave.
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private static final int LAGGARDS_NAMED = 20;

    private final CancellableContext scope;

    /// A moment on the clock of the contexts, from which the ages of requests are reckoned.
    private final Deadline start;

    private final Set<RequestLifetime> running = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private volatile boolean draining;

    private ServerLifetime(Context parent) {
        this.scope = parent.withCancel();
        try (CancellableContext now = parent.withoutCancel().withTimeout(Duration.ZERO)) {
            this.start = now.deadline().orElseThrow();
        }
    }

    /// A server that begins.
    ///
    /// @param parent of all its requests' contexts
    /// @return a new one, with no requests
    public static ServerLifetime under(Context parent) {
        return new ServerLifetime(requireNonNull(parent, "parent"));
    }

    /// Begins the lifetime of a request.
    ///
    /// @param method such as `GET`
    /// @param path without the query, which may hold secrets
    /// @return the lifetime; whoever calls this has to end it, by [RequestLifetime#handlerFinished()] at the latest
    public RequestLifetime open(String method, String path) {
        RequestLifetime lifetime = new RequestLifetime(
                scope, start, requireNonNull(method, "method"), requireNonNull(path, "path"), this::handlerFinished);
        running.add(lifetime);
        return lifetime;
    }

    /// How many requests are running: begun, and not finished by their handlers.
    ///
    /// @return their number, a guess while they come and go
    public int running() {
        return running.size();
    }

    /// Ends the context of every request, running or to come, with a [ServerStoppingException].
    ///
    /// @param grace how long they were given to finish, for the message
    public void endAll(Duration grace) {
        scope.cancel(new ServerStoppingException(grace));
    }

    /// Lets running requests finish, and cancels those that have not finished after `grace` with a
    /// [ServerStoppingException]; what they were, how old and where they were blocked, is one line in the log.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        List<RequestLifetime> laggards;
        try {
            awaitIdle(grace);
        } finally {
            laggards = List.copyOf(running);
            if (!laggards.isEmpty()) {
                LOG.log(Level.WARNING, describe(laggards, grace)); // before they are woken and leave
            }
            endAll(grace);
        }
        awaitIdle(LAST_WORDS);
        return laggards.size();
    }

    private void awaitIdle(Duration atMost) throws InterruptedException {
        draining = true;
        lock.lock();
        try {
            long leftNanos = TimeUnit.NANOSECONDS.convert(atMost);
            while (!running.isEmpty() && leftNanos > 0) {
                leftNanos = idle.awaitNanos(leftNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private void handlerFinished(RequestLifetime lifetime) {
        if (running.remove(lifetime) && draining && running.isEmpty()) {
            lock.lock();
            try {
                idle.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private static String describe(List<RequestLifetime> laggards, Duration grace) {
        String named = laggards.stream()
                .sorted(RequestLifetime.OLDEST_FIRST)
                .limit(LAGGARDS_NAMED)
                .map(RequestLifetime::toString)
                .collect(Collectors.joining("; "));
        int others = laggards.size() - LAGGARDS_NAMED;
        return "server stopping: cancelled " + laggards.size() + " requests that had not finished after a grace of "
                + grace + ": " + named + (others > 0 ? "; and " + others + " younger ones" : "");
    }
}
