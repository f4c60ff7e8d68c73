package dev.ripcord.redis;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import dev.ripcord.spi.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// What the end of a context does to one call that has a connection to itself: the server is told to unblock it, again
/// until it returns, and after the grace the connection is cut.
///
/// ## Invariants
///
/// 1. A connection is used again only after every unblock that was sent for it has been answered. So none reaches its
///    next command, nor its next user.
/// 2. A call that has returned is not cut: LEFT and CUT exclude each other.
final class Ending {

    //   RUNNING ── the call returns ───────▶ LEFT
    //      └────── a grace after the end ──▶ CUT
    private enum State {
        RUNNING,
        LEFT,
        CUT
    }

    /// The connection of a call.
    interface Line {

        /// Has the server fail the command that it blocks in, if it does. Returns when the server has answered.
        void unblock();

        /// Closes the connection, so that whoever waits for an answer fails.
        void cut();
    }

    static final Duration DEFAULT_GRACE = Duration.ofSeconds(1);

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Duration grace;
    private final Line line;
    private final Registration registration;
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

    /// The call has returned.
    private final CountDownLatch left = new CountDownLatch(1);

    /// No unblock is under way, nor will be.
    private final CountDownLatch over = new CountDownLatch(1);

    /// Whether an unblock was not answered. Written before `over`.
    private volatile boolean doubtful;

    private Ending(Context ctx, Duration grace, Line line) {
        this.grace = grace;
        this.line = line;
        this.registration = ctx.afterFunc(DaemonThreads.executor(), this::end);
    }

    static Duration checked(Duration grace) {
        requireNonNull(grace, "grace");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        return grace;
    }

    /// Begins a call, which has to [#leave()].
    static Ending begin(Context ctx, Duration grace, Line line) {
        return new Ending(ctx, grace, line);
    }

    /// Ends the call, and waits for an unblock that is under way.
    ///
    /// @return whether the connection may be used again
    boolean leave() {
        left.countDown();
        if (!state.compareAndSet(State.RUNNING, State.LEFT)) {
            return false;
        }
        if (registration.stop()) {
            return true;
        }
        try {
            return over.await(grace.toNanos(), NANOSECONDS) && !doubtful;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// On a thread of ours, when the context has ended.
    private void end() {
        try (CancellableContext patience = Context.background().withTimeout(grace)) {
            Registration cutting = patience.afterFunc(DaemonThreads.executor(), this::cut);
            long pause = FIRST_PAUSE_NANOS;
            while (state.get() == State.RUNNING) {
                unblock();
                if (left.await(pause, NANOSECONDS)) {
                    break;
                }
                pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
            }
            cutting.stop();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows this thread", e);
        } finally {
            over.countDown();
        }
    }

    private void unblock() {
        try {
            line.unblock();
        } catch (RuntimeException e) {
            doubtful = true;
        }
    }

    private void cut() {
        if (state.compareAndSet(State.RUNNING, State.CUT)) {
            line.cut();
        }
    }

    /// Why a call failed: the end of `ctx` with `failure` suppressed if it has ended, else `failure`. The state of the
    /// context decides, not the class of the failure.
    static RuntimeException reason(Context ctx, RuntimeException failure) {
        try {
            ctx.throwIfDone();
            return failure;
        } catch (ContextException end) {
            end.addSuppressed(failure);
            return end;
        }
    }
}
