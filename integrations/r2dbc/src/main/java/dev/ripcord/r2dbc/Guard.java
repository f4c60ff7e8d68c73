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
import reactor.core.publisher.SynchronousSink;

/// What binds one connection to one context: every publisher of it that works in the database passes through here.
///
/// A publisher is one of three kinds. *Work* (a statement, the begin of a transaction) is refused once the context has
/// ended, and stopped if it ends meanwhile. *Results* are of work that has begun, so they are stopped with it but never
/// refused. *Finishing* (commit, rollback, validation) is never stopped, and cut off if it lasts longer than the grace
/// after the end.
///
/// ```text
///   LIVE ── context ends ──▶ STOPPING ── idle, no transaction open ──▶ QUIET
///     │                          └────── grace has passed ───────────▶ CUT
///     └──── close ──▶ CLOSED
/// ```
///
/// ## Invariants
///
/// 1. The database is asked to stop only in STOPPING, and QUIET is reached only when the request in flight has been
///    answered. Finishing and close wait for QUIET or CUT. So no request reaches what comes after the work.
/// 2. A request that was not answered leads to CUT: it could come later.
/// 3. The end sets `ended` and then looks at the counts, a publisher looks at `ended` and is counted, under the lock.
///    So the publisher is refused, or the end sees it.
final class Guard {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @SuppressWarnings("ContextInField") // a connection belongs to the context that it was created with
    private final Context ctx;

    private final Driver driver;
    private final Duration grace;
    private final Registration registration;

    /// Completes with QUIET, CUT or CLOSED.
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    // Guarded by the lock.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int working;
    private int finishing;
    private boolean ended;

    /// Whether a subscriber has left work before its end, so that nobody knows whether the database still works.
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
            Turn turn = new Turn(false);
            return ctx.done().isDone() || !turn.begin() ? Flux.error(refusal(ctx)) : turn.of(operation);
        });
    }

    /// A number of rows that work has changed: what has happened is told, also after the end.
    <T> Flux<T> result(Publisher<T> count) {
        return Flux.defer(() -> {
            Turn turn = new Turn(false);
            turn.beginAnyway();
            return turn.of(count);
        });
    }

    /// Rows of work, the first of which after the end is dropped and fails.
    <T> Flux<T> rows(Publisher<T> rows) {
        return result(rows).handle((T row, SynchronousSink<T> sink) -> {
            if (ctx.done().isDone()) {
                sink.error(refusal(ctx));
            } else {
                sink.next(row);
            }
        });
    }

    /// `operation`, which is always allowed.
    <T> Mono<T> finish(Publisher<T> operation) {
        return Mono.defer(() -> {
            Turn turn = new Turn(true);
            if (!ctx.done().isDone() && turn.begin()) {
                return Mono.from(turn.of(operation));
            }
            Mono<T> bounded = Mono.from(operation)
                    .timeout(grace, Mono.error(TimeoutException::new))
                    .doOnError(TimeoutException.class, late -> cut());
            return whenStopped(bounded).onErrorMap(failure -> reason(ctx, failure));
        });
    }

    /// `commit`, or a failure if the context has ended, which has rolled back.
    Mono<Void> commit(Publisher<Void> commit) {
        return Mono.defer(() -> ctx.done().isDone()
                ? whenStopped(Mono.error(() -> refusal(ctx)))
                : finish(commit)
                        .onErrorMap(failure -> cut && failure instanceof ContextException
                                ? new R2dbcNonTransientResourceException(
                                        "cut off in a commit, outcome unknown: " + failure.getMessage(),
                                        "08007",
                                        failure)
                                : failure));
    }

    /// `close`, which gives the connection back.
    Mono<Void> close(Publisher<Void> close) {
        return Mono.defer(() -> {
            if (registration.stop()) {
                stopped.complete(null);
            }
            return whenStopped(close);
        });
    }

    /// `next`, once the end has done what it does.
    private <T> Mono<T> whenStopped(Publisher<T> next) {
        return Mono.fromFuture(stopped, true).then(Mono.from(next));
    }

    // ------------------------------------------------------------------------------------------- stopping

    /// On a thread of ours, when the context has ended.
    private void end() {
        try {
            Patience patience = new Patience(grace);
            if (!stopWork(patience) || !awaitTurns(true, patience.leftNanos()) || !rollBack(patience)) {
                cut();
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows this thread", e);
        } finally {
            stopped.complete(null);
        }
    }

    /// Asks the database to stop, again until nobody works in it: a single request can come before the statement.
    ///
    /// @return false if it has to be cut off
    private boolean stopWork(Patience patience) throws InterruptedException {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
        long pause = FIRST_PAUSE_NANOS;
        while (!awaitTurns(false, 0)) {
            if (!cancel(patience)) {
                return false;
            }
            awaitTurns(false, patience.orLess(pause));
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
        return true;
    }

    /// Rolls back, which every driver skips if no transaction is open, so that its locks are free. The database first
    /// answers to what a subscriber has left; it is asked to stop that until it answers.
    ///
    /// @return false if it has to be cut off
    private boolean rollBack(Patience patience) {
        long pause = FIRST_PAUSE_NANOS;
        while (left && !answers(patience.orLess(pause))) {
            if (!cancel(patience)) {
                return false;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
        try {
            Mono.from(driver.connection().rollbackTransaction()).block(patience.left());
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /// Whether the database answers. Any answer will do: in a transaction that was stopped it is an error.
    private boolean answers(long withinNanos) {
        try {
            Mono.from(driver.connection().validate(ValidationDepth.REMOTE))
                    .onErrorReturn(R2dbcException.class, false)
                    .block(Duration.ofNanos(withinNanos));
            return true;
        } catch (RuntimeException late) {
            return false;
        }
    }

    /// @return whether the database has been asked
    private boolean cancel(Patience patience) {
        if (driver.cancel() == null || patience.isOver()) {
            return false;
        }
        try {
            driver.cancel().block(patience.left());
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

    /// Closes the connection, so that whoever waits for it fails.
    private void cut() {
        cut = true;
        Mono.from(driver.connection().close()).subscribe(closed -> {}, failure -> {});
    }

    /// What is left of the grace.
    private record Patience(long start, long nanos) {

        Patience(Duration grace) {
            this(System.nanoTime(), grace.toNanos());
        }

        /// Never less than zero.
        long leftNanos() {
            return Math.max(0, nanos - (System.nanoTime() - start));
        }

        Duration left() {
            return Duration.ofNanos(leftNanos());
        }

        boolean isOver() {
            return leftNanos() == 0;
        }

        long orLess(long pauseNanos) {
            return Math.min(leftNanos(), pauseNanos);
        }
    }

    // --------------------------------------------------------------------------------------------- errors

    /// Why something failed: the end of `ctx` with `failure` suppressed if it has ended, else `failure`. The state of
    /// the context decides, not the class of the failure.
    static Throwable reason(Context ctx, Throwable failure) {
        if (failure instanceof ContextException
                || failure instanceof Error
                || !ctx.done().isDone()) {
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

        private final boolean finishes;
        private final AtomicBoolean over = new AtomicBoolean();

        Turn(boolean finishes) {
            this.finishes = finishes;
        }

        /// @return false if the context has ended
        boolean begin() {
            lock.lock();
            try {
                if (!ended) {
                    beginAnyway();
                }
                return !ended;
            } finally {
                lock.unlock();
            }
        }

        void beginAnyway() {
            count(1);
        }

        <T> Flux<T> of(Publisher<T> operation) {
            return Flux.from(operation)
                    .onErrorMap(failure -> reason(ctx, failure))
                    .doOnTerminate(this::terminate)
                    .doOnCancel(this::leave);
        }

        /// The subscriber leaves before the publisher has terminated.
        private void leave() {
            left = true;
            terminate();
        }

        private void terminate() {
            if (over.compareAndSet(false, true)) {
                count(-1);
            }
        }

        private void count(int change) {
            lock.lock();
            try {
                working += finishes ? 0 : change;
                finishing += finishes ? change : 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
