package dev.ripcord.r2dbc;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import dev.ripcord.r2dbc.Drivers.Driver;
import dev.ripcord.spi.DaemonThreads;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// What binds one connection to one context: every publisher of it that works in the database passes through here.
///
/// A publisher is one of two kinds. *Work* (a statement, its rows, the begin of a transaction) is refused once the
/// context has ended, and stopped if it ends meanwhile. *Finishing* (commit, rollback, validation) is never stopped, and
/// cut off if it lasts longer than the grace after the end.
///
/// ```text
///   LIVE ── context ends ──▶ STOPPING ── all work has terminated ──▶ QUIET
///     │                          └────── grace has passed ─────────▶ CUT
///     └──── close ──▶ CLOSED
/// ```
///
/// ## Invariants
///
/// 1. The database is asked to stop only in STOPPING, and QUIET is reached only when the request in flight has been
///    answered. Finishing and close wait for QUIET or CUT. So no request reaches what comes after the work.
/// 2. A request that was not answered leads to CUT: it could come later.
/// 3. The end sets `ended` and then looks at `working`, a publisher sets `working` and looks at `ended`, under the lock.
///    So the publisher is refused, or the end sees it.
final class Guard {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @SuppressWarnings("ContextInField") // a connection belongs to the context that it was created with
    private final Context ctx;

    private final Driver driver;
    private final Duration grace;
    private final Registration registration;

    /// Completes with QUIET or CUT.
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    // Guarded by the lock.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int working;
    private int finishing;
    private boolean ended;

    /// Whether a subscriber of work has left before its end, so that nobody knows whether the database still works.
    private volatile boolean left;

    /// Whether the connection was closed from here. Goes from false to true once.
    private volatile boolean cut;

    Guard(Context ctx, Driver driver, Duration grace) {
        this.ctx = ctx;
        this.driver = driver;
        this.grace = grace;
        this.registration = ctx.afterFunc(DaemonThreads.executor(), this::end);
    }

    // ------------------------------------------------------------------------------------------ publishers

    /// `operation`, which works in the database.
    <T> Flux<T> work(Publisher<T> operation) {
        return Flux.defer(() -> {
            Turn turn = new Turn();
            if (ctx.done().isDone() || !turn.beginWork()) {
                return Flux.error(refusal(ctx));
            }
            return Flux.from(operation)
                    .onErrorMap(failure -> reason(ctx, failure))
                    .doOnTerminate(turn::terminate)
                    .doOnCancel(turn::leave);
        });
    }

    /// `operation`, which is always allowed.
    <T> Mono<T> finish(Publisher<T> operation) {
        return Mono.defer(() -> {
            if (ctx.done().isDone()) {
                Mono<T> bounded = Mono.from(operation)
                        .timeout(grace, Mono.error(TimeoutException::new))
                        .doOnError(TimeoutException.class, late -> cut());
                return whenStopped(bounded).onErrorMap(failure -> reason(ctx, failure));
            }
            Turn turn = new Turn();
            turn.beginFinishing();
            return Mono.from(operation)
                    .onErrorMap(failure -> reason(ctx, failure))
                    .doOnTerminate(turn::terminate)
                    .doOnCancel(turn::terminate);
        });
    }

    /// `commit`, or `rollback` and a failure if the context has ended.
    Mono<Void> commit(Publisher<Void> commit, Publisher<Void> rollback) {
        return Mono.defer(() -> {
            if (ctx.done().isDone()) {
                return finish(rollback).then(Mono.error(() -> refusal(ctx)));
            }
            return finish(commit).onErrorMap(failure -> cut && failure instanceof ContextException
                    ? new R2dbcNonTransientResourceException(
                            "cut off in a commit, outcome unknown: " + failure.getMessage(), "08007", failure)
                    : failure);
        });
    }

    /// `close`, which gives the connection back.
    Mono<Void> close(Publisher<Void> close) {
        return Mono.defer(() -> {
            if (registration.stop()) {
                return Mono.from(close);
            }
            return whenStopped(close);
        });
    }

    /// `next`, after the end, once the database is idle as far as that can be had.
    private <T> Mono<T> whenStopped(Publisher<T> next) {
        Mono<Void> idle = Mono.defer(() -> left && !cut
                ? Mono.fromFuture(CompletableFuture.runAsync(this::awaitIdle, DaemonThreads.executor()), true)
                : Mono.empty());
        return Mono.fromFuture(stopped, true).then(idle).then(Mono.from(next));
    }

    // ------------------------------------------------------------------------------------------- stopping

    /// On a thread of ours, when the context has ended.
    private void end() {
        long start = System.nanoTime();
        try {
            stopWork(start);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows this thread", e);
        } finally {
            stopped.complete(null);
        }
    }

    private void stopWork(long start) throws InterruptedException {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
        long pause = FIRST_PAUSE_NANOS;
        while (!awaitTurns(false, 0)) {
            long remaining = grace.toNanos() - (System.nanoTime() - start);
            if (remaining <= 0 || !cancel(remaining)) {
                cut();
                return;
            }
            awaitTurns(false, Math.min(pause, remaining));
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
        if (!awaitTurns(true, grace.toNanos() - (System.nanoTime() - start))) {
            cut();
        }
    }

    /// @return whether the database has been asked
    private boolean cancel(long withinNanos) {
        if (driver.cancel() == null) {
            return false;
        }
        try {
            driver.cancel().block(Duration.ofNanos(withinNanos));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /// Waits until no publisher works in the database.
    ///
    /// @param all whether those that finish count as well
    /// @return whether that is so
    private boolean awaitTurns(boolean all, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long remaining = nanos;
            while (working > 0 || (all && finishing > 0)) {
                if (remaining <= 0) {
                    return false;
                }
                remaining = changed.awaitNanos(remaining);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Asks the database until it answers, after a subscriber has left it working. Any answer will do: in a transaction
    /// that was stopped it is an error.
    private void awaitIdle() {
        long start = System.nanoTime();
        long remaining = grace.toNanos();
        while (remaining > 0 && cancel(remaining)) {
            Publisher<Boolean> answer = driver.connection().validate(ValidationDepth.REMOTE);
            Duration patience = Duration.ofNanos(Math.min(remaining, LONGEST_PAUSE_NANOS));
            try {
                Mono.from(answer).onErrorReturn(R2dbcException.class, true).block(patience);
                left = false;
                return;
            } catch (IllegalStateException late) {
                remaining = grace.toNanos() - (System.nanoTime() - start);
            }
        }
        cut();
    }

    /// Closes the connection, so that whoever waits for it fails.
    private void cut() {
        cut = true;
        Mono.from(driver.connection().close()).subscribe(closed -> {}, failure -> {});
    }

    // --------------------------------------------------------------------------------------------- errors

    /// Why something failed: the end of `ctx` with `failure` suppressed if it has ended, else `failure`. The state of the
    /// context decides, not the class of the failure.
    static Throwable reason(Context ctx, Throwable failure) {
        boolean ours = failure instanceof R2dbcException || failure instanceof TimeoutException;
        if (!ours || !ctx.done().isDone()) {
            return failure;
        }
        ContextException end = refusal(ctx);
        end.addSuppressed(failure);
        return end;
    }

    /// How `ctx` ended, to be thrown.
    static ContextException refusal(Context ctx) {
        try {
            ctx.throwIfDone();
        } catch (ContextException end) {
            return end;
        }
        throw new AssertionError("it has ended");
    }

    /// One subscription.
    private final class Turn {

        private final AtomicBoolean over = new AtomicBoolean();
        private boolean finishes;

        /// @return false if the context has ended
        boolean beginWork() {
            lock.lock();
            try {
                working += ended ? 0 : 1;
                return !ended;
            } finally {
                lock.unlock();
            }
        }

        void beginFinishing() {
            finishes = true;
            lock.lock();
            try {
                finishing++;
            } finally {
                lock.unlock();
            }
        }

        /// The subscriber leaves before the publisher has terminated.
        void leave() {
            left = true;
            terminate();
        }

        void terminate() {
            if (over.compareAndSet(false, true)) {
                lock.lock();
                try {
                    working -= finishes ? 0 : 1;
                    finishing -= finishes ? 1 : 0;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }
    }
}
