package dev.ripcord.r2dbc;

import dev.ripcord.CancellableContext;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
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
///   │ ▲ │                        └────── grace has passed ───────────▶ CUT
///   │ │ └── close ──▶ CLOSED
///   │ └─ the database answers ── CLEARING ── grace has passed ──▶ CUT
///   └─── subscribers have left ────▲
/// ```
///
/// ## Invariants
///
/// 1. The database is asked to stop only in STOPPING and CLEARING, which end only when the request in flight has been
///    answered. What comes next waits for that, and STOPPING for CLEARING. So no request reaches what comes after.
/// 2. A request that was not answered leads to CUT: it could come later.
/// 3. The end sets `ended` and then looks at the counts, a publisher looks at `ended` and is counted, under the lock.
///    So the publisher is refused, or the end sees it.
/// 4. CLEARING begins only when nobody works in the database, by a subscriber who has left otherwise than from within
///    a signal. Who leaves there has got what it wanted, like `Mono.from`: the statement itself may still be wanted.
final class Guard {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// How long the first request may take if the grace is shorter.
    private static final Duration FIRST_REQUEST = Duration.ofMillis(250);

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

    /// Completes when CLEARING is over.
    private volatile CompletableFuture<Void> cleared = CompletableFuture.completedFuture(null);

    /// Who is in a signal of a publisher of this connection.
    private volatile @Nullable Thread signalling;

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
        return Flux.defer(() -> whenCleared(() -> {
            Turn turn = new Turn(false);
            return ctx.done().isDone() || !turn.begin() ? Flux.error(refusal(ctx)) : turn.of(operation);
        }));
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
        return Flux.defer(() -> whenCleared(() -> {
                    Turn turn = new Turn(true);
                    if (!ctx.done().isDone() && turn.begin()) {
                        return turn.of(operation);
                    }
                    Mono<T> bounded = Mono.using(Patience::new, patience -> patience.bound(operation), Patience::close)
                            .doOnError(TimeoutException.class, late -> cut());
                    return whenStopped(bounded)
                            .onErrorMap(failure -> reason(ctx, failure))
                            .flux();
                }))
                .singleOrEmpty();
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
        return Flux.defer(() -> whenCleared(() -> {
                    if (registration.stop()) {
                        stopped.complete(null);
                    }
                    return whenStopped(close).flux();
                }))
                .then();
    }

    /// `next`, once CLEARING is over.
    private <T> Flux<T> whenCleared(Supplier<Flux<T>> next) {
        CompletableFuture<Void> clearing = cleared;
        return clearing.isDone() ? next.get() : Mono.fromFuture(clearing, true).thenMany(Flux.defer(next));
    }

    /// `next`, once the end has done what it does.
    private <T> Mono<T> whenStopped(Publisher<T> next) {
        return Mono.fromFuture(stopped, true).then(Mono.from(next));
    }

    // ------------------------------------------------------------------------------------------- stopping

    /// On a thread of ours, when the context has ended.
    private void end() {
        try (Patience patience = new Patience()) {
            if (!stopWork(patience)
                    || !awaitTurns(true, patience, Long.MAX_VALUE)
                    || !awaitCleared(patience)
                    || !rollBack(patience)) {
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
        while (!awaitTurns(false, patience, 0)) {
            if (!patience.cancel()) {
                return false;
            }
            awaitTurns(false, patience, pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
        return true;
    }

    /// On a thread of ours, when nobody works in the database any more, but it may still do so.
    private void clear(CompletableFuture<Void> clearing) {
        left = false; // first: whoever leaves from here on may not be among those that the answer is for
        try (Patience patience = new Patience()) {
            if (!clear(patience)) {
                cut();
            }
        } finally {
            clearing.complete(null);
        }
    }

    /// Asks the database to stop what subscribers have left, until it answers.
    ///
    /// @return false if it has to be cut off
    private boolean clear(Patience patience) {
        long pause = FIRST_PAUSE_NANOS;
        while (!answers(pause)) {
            if (!patience.cancel()) {
                return false;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
        return true;
    }

    private boolean awaitCleared(Patience patience) {
        try {
            patience.bound(Mono.fromFuture(cleared, true)).block();
            return true;
        } catch (RuntimeException late) {
            return false;
        }
    }

    /// Rolls back, which every driver skips if no transaction is open, so that its locks are free. The database first
    /// answers to what a subscriber has left.
    ///
    /// @return false if it has to be cut off
    private boolean rollBack(Patience patience) {
        if (left && !clear(patience)) {
            return false;
        }
        try {
            patience.bound(driver.connection().rollbackTransaction()).block();
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

    /// Waits until no publisher works in the database.
    ///
    /// @param all whether those that finish count as well
    /// @return whether that is so
    private boolean awaitTurns(boolean all, Patience patience, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long remaining = nanos;
            while (working > 0 || (all && finishing > 0)) {
                if (remaining <= 0 || patience.isOver()) {
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

    /// One grace, by the clock of the context.
    private final class Patience implements AutoCloseable {

        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private final CancellableContext budget = ctx.withoutCancel().withTimeout(grace, "grace");
        private final Registration registration = budget.afterFunc(DaemonThreads.executor(), this::end);
        private final Mono<Void> first = Mono.when(Mono.fromFuture(over, true), Mono.delay(FIRST_REQUEST));
        private boolean hasCancelled;

        private void end() {
            over.complete(null);
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        boolean isOver() {
            return budget.done().isDone();
        }

        /// `operation`, or a [TimeoutException] when this is over.
        <T> Mono<T> bound(Publisher<T> operation) {
            return bound(operation, Mono.fromFuture(over, true));
        }

        private static <T> Mono<T> bound(Publisher<T> operation, Mono<Void> end) {
            return Mono.firstWithSignal(Mono.from(operation), end.then(Mono.error(TimeoutException::new)));
        }

        /// Asks the database to stop what it does: once also if this is over from the start, or it would go on.
        ///
        /// @return whether it has been asked
        boolean cancel() {
            if (driver.cancel() == null || (hasCancelled && isOver())) {
                return false;
            }
            try {
                (hasCancelled ? bound(driver.cancel()) : bound(driver.cancel(), first)).block();
                hasCancelled = true;
                return true;
            } catch (RuntimeException e) {
                return false;
            }
        }

        @Override
        public void close() {
            registration.stop(); // before the end of the budget, which would run it
            budget.close();
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
                    .doOnCancel(this::leave)
                    .transform(Operators.<T, T>lift((source, subscriber) -> new Signals<>(subscriber)));
        }

        /// The subscriber leaves before the publisher has terminated.
        private void leave() {
            left = true;
            if (!over.compareAndSet(false, true)) {
                return;
            }
            CompletableFuture<Void> clearing = new CompletableFuture<>();
            lock.lock();
            try {
                count(-1);
                boolean isIdle = working == 0 && finishing == 0 && !ended && cleared.isDone();
                if (finishes || !isIdle || driver.cancel() == null || signalling == Thread.currentThread()) {
                    return; // invariant 4
                }
                cleared = clearing;
            } finally {
                lock.unlock();
            }
            DaemonThreads.executor().execute(() -> clear(clearing));
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

    /// Tells who signals.
    private final class Signals<T> implements CoreSubscriber<T> {

        private final CoreSubscriber<? super T> subscriber;

        Signals(CoreSubscriber<? super T> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public reactor.util.context.Context currentContext() {
            return subscriber.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            subscriber.onSubscribe(subscription);
        }

        @Override
        public void onNext(T value) {
            Thread outer = signalling;
            signalling = Thread.currentThread();
            try {
                subscriber.onNext(value);
            } finally {
                signalling = outer;
            }
        }

        @Override
        public void onError(Throwable failure) {
            subscriber.onError(failure);
        }

        @Override
        public void onComplete() {
            subscriber.onComplete();
        }
    }
}
