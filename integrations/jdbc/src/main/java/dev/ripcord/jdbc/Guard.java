package dev.ripcord.jdbc;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.Context.CallableOp;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.Registration;
import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.ConnectionControl.Call;
import dev.ripcord.jdbc.spi.ConnectionControl.Undo;
import dev.ripcord.spi.DaemonThreads;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What binds one connection to one context: every call that can block passes through it.
///
/// A call is one of two kinds. *Work* (a query, a fetch, a prepare) is refused once the context has ended, and
/// cancelled if it ends meanwhile. *Finishing* (commit, rollback, the closing of things) is never cancelled, and cut
/// off if it lasts longer than the grace after the end.
///
/// ## Invariants
///
/// 1. One call at a time is in the driver: a phase other than IDLE belongs to one thread, or to it and its stopper.
/// 2. A cancel is sent only in STOPPING, and a call returns only after the cancel in flight has returned. So no
///    cancel reaches the next call, nor the next borrower of the connection.
/// 3. The end writes `ended` and then reads the phase; a call writes the phase and then reads `ended`. So the call sees
///    the end, or the end sees the call.
/// 4. Nothing touches the connection after CLOSED, except to abort one that is broken.
/// 5. A connection that is broken is aborted before it is given back.
/// 6. What is cancelled is not cut off before its first cancel has been sent, or the database would go on with it.
/// 7. The first that finishes after a cancelled call takes back what the cancels have left: by 2 all have returned, and
///    none follows, since work is refused.
final class Guard {

    // What the connection is doing. Every call has a number of its own, so that whoever is late to stop one loses its
    // CAS.
    //
    //            work                 return
    //   IDLE ───────────▶ RUNNING ─────────────▶ IDLE
    //                        │ context ends
    //                        ▼           return             cancel in flight is over
    //                    STOPPING ─────────────▶ LEAVING ─────────────────────────▶ IDLE
    //                        ▲
    //                        │ context ends, or has ended a grace ago
    //   IDLE ──────────▶ FINISHING ────────────▶ IDLE
    //         finishing               return
    //
    //   IDLE ── context ends ──▶ OWNED ── open transaction rolled back ──▶ IDLE
    //   IDLE ── close ─────────▶ CLOSED
    //
    // A call made within a call of the same thread, and one made after CLOSED, goes to the driver as it is.
    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int FINISHING = 2;
    private static final int STOPPING = 3;
    private static final int LEAVING = 4;
    private static final int OWNED = 5;
    private static final int CLOSED = 6;

    private static final int PHASE = 7;
    private static final long NOT_TAKEN = -1;

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// How long a call that has returned waits for the cancel in flight. A live server answers within two seconds.
    private static final long FENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

    /// How long the first cancel may take if the grace is shorter.
    private static final long FIRST_CANCEL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Connection connection;

    @SuppressWarnings("ContextInField") // a connection belongs to the context that it was opened with
    private final Context ctx;

    private final DataSource source;
    private final Settings settings;
    private final ConnectionControl driver;
    private final Registration registration;

    // The number of the call and its phase. Moves as drawn, by CAS out of IDLE, RUNNING and FINISHING, else under the
    // lock.
    private final AtomicLong state = new AtomicLong();

    // Written by the thread that is in the driver.
    private @Nullable Thread owner;
    private volatile @Nullable Running running;

    // Written when the connection is bound and when it is closed, in a call.
    private final Deque<Undo> limits = new ArrayDeque<>(2);

    // Written by whoever finishes.
    private boolean settled;

    // Go from false to true once: the context's end has been seen; a cancel was sent; the connection must not be used
    // again.
    private volatile boolean ended;
    private volatile boolean cancelSent;
    private volatile boolean broken;

    // Guarded by the lock.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AtomicInteger waiters = new AtomicInteger();
    private boolean cancelInFlight;
    private boolean firstCancelDue;
    private long firstCancelNanos;

    // Whether the user knows that the work of the transaction is lost, having rolled it back or been refused the
    // commit.
    private volatile boolean lossKnown;

    private Guard(Context ctx, Connection connection, DataSource source, Settings settings) throws SQLException {
        this.connection = connection;
        this.ctx = ctx;
        this.source = source;
        this.settings = settings;
        this.driver = Drivers.control(connection);
        this.registration = ctx.afterFunc(DaemonThreads.executor(), this::onEnd);
    }

    /// `connection` of `source`, bound to `ctx`. If that fails, the connection is closed.
    static GuardedConnection guard(Context ctx, Connection connection, DataSource source, Settings settings)
            throws SQLException {
        Guard guard;
        try {
            guard = new Guard(ctx, connection, source, settings);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
        try {
            guard.fastenBelts();
        } catch (SQLException | RuntimeException e) {
            guard.close();
            throw e;
        }
        return new GuardedConnection(connection, guard);
    }

    // ------------------------------------------------------------------------------------------------ work

    /// Does work that can block.
    ///
    /// @param statement what to cancel; null if there is none
    <T> T call(@Nullable Running statement, CallableOp<T, SQLException> work) throws SQLException {
        if (ctx.done().isDone()) {
            throw stopped("statement not started", null);
        }
        long call = begin(statement);
        T result;
        try {
            result = work.call();
        } catch (Throwable e) {
            throw failed("statement stopped", call, e);
        }
        leave(call);
        return result;
    }

    /// For what is done between two calls.
    void throwIfDone() {
        ctx.throwIfDone();
    }

    /// Does work that can block and has no result.
    void run(@Nullable Running statement, Action work) throws SQLException {
        call(statement, () -> {
            work.run();
            return true;
        });
    }

    /// The next row. It is [#call] without a lambda and without a look at the clock, for loops over many rows.
    boolean next(@Nullable Running statement, ResultSet rows) throws SQLException {
        long call = begin(statement);
        boolean found;
        try {
            found = rows.next();
        } catch (Throwable e) {
            throw failed("statement stopped", call, e);
        }
        leave(call);
        return found;
    }

    /// `rows`, bound to the same context.
    @Nullable
    ResultSet rows(@Nullable ResultSet rows, @Nullable GuardedStatement<?> statement) {
        return rows == null ? null : new GuardedResultSet(rows, statement, this);
    }

    /// Whether a cancel ends the fetches of `rows`.
    boolean isCancellable(GuardedResultSet rows) {
        return driver.isCancellable(rows.asCall());
    }

    /// Whether the getters of `rows` can block.
    boolean isLazy(GuardedResultSet rows) {
        return driver.isLazy(rows.asCall());
    }

    /// Work that may throw nothing but its own kind of exception.
    void setClientInfo(Action work) throws SQLClientInfoException {
        try {
            run(null, work);
        } catch (SQLClientInfoException own) {
            throw own;
        } catch (SQLException e) {
            throw new SQLClientInfoException(e.getMessage(), e.getSQLState(), e.getErrorCode(), Map.of(), e);
        }
    }

    private long begin(@Nullable Running statement) throws SQLException {
        long call = take(RUNNING);
        if (call != NOT_TAKEN) {
            if (running != statement) {
                running = statement;
            }
            if (ended) { // invariant 3: after the phase, and after what a canceller needs
                leave(call);
                throw stopped("statement not started", null);
            }
        }
        return call;
    }

    // ------------------------------------------------------------------------------------------- finishing

    /// Rolls back, or gives things back: always allowed.
    void tidy(Action action) throws SQLException {
        tidy(null, action);
    }

    /// Closes a statement or its rows: always allowed.
    ///
    /// @param closed what is closed; null if it is neither
    void tidy(@Nullable Running closed, Action action) throws SQLException {
        long call = take(FINISHING);
        try {
            if (ended) {
                try (Cut cut = new Cut(call)) {
                    settle(call);
                    if (closed != null && !closed.isCancellable()) {
                        cutOff(call); // it would fetch what nobody wants
                    }
                    action.run();
                }
            } else {
                action.run();
            }
        } catch (Throwable e) {
            SQLException failure = failed("cut off after the grace", call, e);
            if (closed != null && cancelSent && !(failure instanceof ContextSQLException)) {
                return; // the answer to a cancel that came between two fetches: the close has read it
            }
            throw failure;
        }
        leave(call);
    }

    /// Rolls the transaction back: always allowed.
    void rollback() throws SQLException {
        tidy(() -> {
            connection.rollback();
            lossKnown = ctx.done().isDone();
        });
    }

    /// Commits, unless the context has ended: then it rolls back and says so.
    void commit() throws SQLException {
        commitBy(connection::commit);
    }

    /// Sets the mode. To switch it on within a transaction is to commit.
    void setAutoCommit(boolean on) throws SQLException {
        if (!on) {
            run(null, () -> connection.setAutoCommit(false));
        } else if (lossKnown || connection.getAutoCommit()) {
            tidy(() -> connection.setAutoCommit(true));
        } else {
            commitBy(() -> connection.setAutoCommit(true));
        }
    }

    /// Rolls an open transaction back and gives the connection back, or discards it.
    void close() throws SQLException {
        if (phase(state.get()) == CLOSED) {
            return;
        }
        try {
            tidy(this::makeFit);
        } catch (SQLException | RuntimeException e) {
            broken = true; // the transaction is lost with the connection
        }
        if (take(CLOSED) == NOT_TAKEN) {
            connection.close();
            return;
        }
        registration.stop();
        if (!broken) {
            connection.close();
            return;
        }
        end(driver::discard);
        Hikari.evict(source, connection);
        try {
            connection.close();
        } catch (SQLException | RuntimeException e) {
            // it complains that there is nothing left to close
        }
    }

    /// Whether any call on this connection was asked to stop.
    boolean isCancelSent() {
        return cancelSent;
    }

    /// Makes the connection fit for the next borrower, or marks it as broken.
    private void makeFit() throws SQLException {
        rollBackOpenTransaction();
        AfterCancel after = settings.afterCancel() == null ? driver.afterCancel() : settings.afterCancel();
        if (cancelSent && (after == AfterCancel.DISCARD || (after == AfterCancel.VALIDATE && !isValid()))) {
            broken = true;
        }
        if (!broken) {
            loosenBelts();
        }
    }

    /// Asks twice, for the first may be answered by a cancel that comes late.
    private boolean isValid() throws SQLException {
        int seconds = Math.clamp(settings.grace().toSeconds(), 1, 60);
        for (int i = 0; i < 2 && !broken; i++) {
            if (connection.isValid(seconds)) {
                return true;
            }
        }
        return false;
    }

    /// Whether a commit would report success and roll back, since a statement has failed.
    boolean isAborted() throws SQLException {
        return !ctx.done().isDone() && driver.isAborted();
    }

    /// Rolls back because of `failure`, in which a rollback that fails is suppressed.
    void rollbackAfter(Throwable failure) {
        try {
            if (!broken) {
                rollback();
            }
        } catch (SQLException | RuntimeException e) {
            failure.addSuppressed(e);
            broken = true; // the transaction is lost with the connection
        }
    }

    /// Changes a mode back, even after the end. A connection on which that fails is not used again.
    void restore(Action action) {
        try {
            if (!broken) {
                tidy(action);
            }
        } catch (SQLException | RuntimeException e) {
            broken = true;
        }
    }

    private void commitBy(Action commit) throws SQLException {
        long call = take(FINISHING);
        if (call != NOT_TAKEN && ctx.done().isDone()) {
            throw notCommitted(call);
        }
        try {
            commit.run();
        } catch (Throwable e) {
            if (leave(call)) {
                SQLException unknown = new SQLOutcomeUnknownException("outcome of commit unknown", reason());
                unknown.addSuppressed(e);
                throw unknown;
            }
            throw e;
        }
        leave(call);
    }

    private SQLException notCommitted(long call) {
        Exception failure = null;
        try (Cut cut = new Cut(call)) {
            settle(call);
            rollBackOpenTransaction();
            lossKnown = true;
        } catch (SQLException | RuntimeException e) {
            failure = e;
            broken = true; // the transaction is lost with the connection
        } finally {
            leave(call);
        }
        return stopped("rolled back instead of committed", failure);
    }

    /// Takes back what cancels have left (invariant 7). A connection on which that fails is not used again.
    private void settle(long call) throws SQLException {
        if (call == NOT_TAKEN || settled || !cancelSent || broken) {
            return;
        }
        settled = true;
        try {
            driver.settle();
        } catch (SQLException | RuntimeException e) {
            broken = true;
            throw e;
        }
    }

    private void rollBackOpenTransaction() throws SQLException {
        if (!broken && !connection.getAutoCommit()) {
            connection.rollback();
        }
    }

    // -------------------------------------------------------------------------------- taking and leaving

    /// Moves from IDLE to `phase`, waiting for whoever is in the driver.
    ///
    /// @return the new state; NOT_TAKEN if this thread is in the driver already, or the connection is closed
    private long take(int phase) {
        long idle = state.get();
        long taken = next(idle, phase);
        if (phase(idle) != IDLE || !state.compareAndSet(idle, taken)) {
            taken = takeSlowly(phase);
        }
        if (taken != NOT_TAKEN) {
            owner = Thread.currentThread();
        }
        return taken;
    }

    private long takeSlowly(int phase) {
        if (owner == Thread.currentThread()) {
            return NOT_TAKEN;
        }
        lock.lock();
        waiters.incrementAndGet(); // before the phase is read, as `wake` is after it is written
        try {
            for (; ; ) {
                long now = state.get();
                long taken = next(now, phase);
                switch (phase(now)) {
                    case IDLE -> {
                        if (state.compareAndSet(now, taken)) {
                            return taken;
                        }
                    }
                    case CLOSED -> {
                        return NOT_TAKEN;
                    }
                    default -> changed.awaitUninterruptibly();
                }
            }
        } finally {
            waiters.decrementAndGet();
            lock.unlock();
        }
    }

    /// Ends the call that [#take] began.
    ///
    /// @return whether the call was stopped: a cancel was sent, or the connection was cut off
    private boolean leave(long call) {
        if (call == NOT_TAKEN) {
            return false;
        }
        owner = null;
        if (state.compareAndSet(call, with(call, IDLE))) {
            wake();
            return false;
        }
        return leaveStopping(call);
    }

    private boolean leaveStopping(long call) {
        boolean interrupted = false;
        boolean hangs = false;
        lock.lock();
        try {
            state.set(with(call, LEAVING));
            changed.signalAll();
            long end = System.nanoTime() + FENCE_NANOS;
            while (cancelInFlight && !broken) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    hangs = true;
                    broken = true;
                    break;
                }
                try {
                    changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            state.set(with(call, IDLE));
            changed.signalAll();
            return cancelSent || broken;
        } finally {
            lock.unlock();
            if (hangs) {
                end(driver::cutOff);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wake() {
        if (waiters.get() > 0) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private static int phase(long state) {
        return (int) state & PHASE;
    }

    private static long with(long state, int phase) {
        return (state & ~PHASE) | phase;
    }

    /// The state of the call after the one in `state`.
    private static long next(long state, int phase) {
        return with(state + PHASE + 1, phase);
    }

    // -------------------------------------------------------------------------------------------- stopping

    /// Runs on a platform thread of its own when the context ends: stops the call that is in the driver, then rolls
    /// an open transaction back, so that its locks are free even if its owner does nothing.
    private void onEnd() {
        ended = true; // invariant 3: before the phase
        long call = state.get();
        while (phase(call) == RUNNING || phase(call) == FINISHING) {
            long stopping = with(call, STOPPING);
            if (state.compareAndSet(call, stopping)) {
                stop(stopping, phase(call) == RUNNING);
                break;
            }
            call = state.get();
        }
        long owned = take(OWNED);
        if (owned == NOT_TAKEN) {
            return;
        }
        try (Cut cut = new Cut(owned)) {
            settle(owned);
            rollBackOpenTransaction();
        } catch (SQLException | RuntimeException e) {
            broken = true; // the transaction is lost with the connection
        } finally {
            leave(owned);
        }
    }

    /// Sends cancels until the call has returned: the first can be too early, or be swallowed.
    @SuppressWarnings("ContextSwallowed") // nobody interrupts this thread; see the catch
    private void stop(long stopping, boolean cancels) {
        Running stopped = running;
        boolean isCancellable = stopped == null || stopped.isCancellable();
        if (cancels && !isCancellable) {
            cutOff(stopping);
        }
        lock.lock();
        try (Cut cut = new Cut(stopping)) {
            firstCancelDue = cancels && isCancellable; // before the cut gets the lock
            firstCancelNanos = System.nanoTime() + FIRST_CANCEL_NANOS;
            long pause = FIRST_PAUSE_NANOS;
            while (state.get() == stopping) {
                if (cancels && isCancellable) { // also after the hard stop, which some drivers do not have
                    sendCancel();
                }
                try {
                    if (state.get() == stopping) {
                        changed.awaitNanos(pause);
                    }
                } catch (InterruptedException e) {
                    continue; // a driver's leftover, for nobody interrupts this thread: only shortens the pause
                }
                pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Sends one cancel, without the lock while it is in flight.
    private void sendCancel() {
        cancelSent = true;
        cancelInFlight = true;
        lock.unlock();
        try {
            driver.cancel(call());
        } catch (SQLException | RuntimeException e) {
            // lost as others may be; the next will follow
        } finally {
            lock.lock();
            cancelInFlight = false;
            firstCancelDue = false;
            changed.signalAll();
        }
    }

    /// Waits for the first cancel (invariant 6), but not for one that hangs.
    @SuppressWarnings("ContextSwallowed") // nobody interrupts this thread
    private void awaitFirstCancel(long call) {
        boolean waits = true;
        while (waits && firstCancelDue && state.get() == call) {
            try {
                waits = changed.awaitNanos(firstCancelNanos - System.nanoTime()) > 0;
            } catch (InterruptedException e) {
                // a driver's leftover, as in `stop`
            }
        }
    }

    /// Cuts the connection off if `call` is still in the driver.
    private void cutOff(long call) {
        lock.lock();
        try {
            awaitFirstCancel(call);
            boolean there =
                    phase(call) == FINISHING ? state.compareAndSet(call, with(call, STOPPING)) : state.get() == call;
            if (!there) {
                return;
            }
            broken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        end(driver::cutOff);
    }

    /// Waits at most a second for the driver to end the connection, as far as it can.
    private static void end(Action ending) {
        CompletableFuture.runAsync(
                        () -> {
                            try {
                                ending.run();
                            } catch (SQLException | RuntimeException e) {
                                // nobody uses it any more
                            }
                        },
                        DaemonThreads.executor())
                .completeOnTimeout(null, 1, TimeUnit.SECONDS)
                .join();
    }

    private Call call() {
        Running call = running;
        return call == null ? new Call(null, false) : call.asCall();
    }

    // ----------------------------------------------------------------------------------------------- belts

    /// Sets the limits that hold without this guard.
    private void fastenBelts() throws SQLException {
        Set<Belt> belts = settings.belts();
        if (belts.isEmpty() || ctx.deadline().isEmpty()) {
            return;
        }
        Duration limit = ctx.deadline().get().remaining().plus(settings.grace());
        if (belts.contains(Belt.NETWORK_TIMEOUT)) {
            run(null, () -> fastenNetworkTimeout(limit.plusSeconds(1)));
        }
        if (belts.contains(Belt.SERVER_TIMEOUT)) {
            run(null, () -> limit(driver.limitStatements(limit.plusMillis(1))));
        }
    }

    private void fastenNetworkTimeout(Duration limit) throws SQLException {
        try {
            int former = connection.getNetworkTimeout();
            int millis = Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE);
            if (former == 0 || millis < former) {
                connection.setNetworkTimeout(DaemonThreads.executor(), millis);
                limit(() -> connection.setNetworkTimeout(DaemonThreads.executor(), former));
            }
        } catch (SQLFeatureNotSupportedException e) {
            // this driver does without
        }
    }

    private void limit(@Nullable Undo undo) {
        if (undo != null) {
            limits.push(undo);
        }
    }

    private void loosenBelts() throws SQLException {
        while (!limits.isEmpty()) {
            limits.pop().run();
        }
    }

    // ---------------------------------------------------------------------------------------------- errors

    /// Leaves the call that threw `e`, and tells what to throw: `e` itself, unless the call was stopped.
    private SQLException failed(String what, long call, Throwable e) {
        boolean stopped = leave(call) || (broken && ended);
        if (stopped && !(e instanceof Error)) {
            return stopped(what, e);
        }
        return switch (e) {
            case SQLException own -> own;
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            default -> throw new AssertionError(e);
        };
    }

    private SQLException stopped(String what, @Nullable Throwable failure) {
        return stopped(what, reason(), failure);
    }

    private ContextException reason() {
        return ctx.err().orElseThrow();
    }

    /// What to throw because the context has ended.
    ///
    /// @param failure what the driver threw, if it did
    static SQLException stopped(String what, ContextException end, @Nullable Throwable failure) {
        SQLException stopped = failure instanceof BatchUpdateException batch
                ? new SQLBatchStoppedException(what, end, batch.getLargeUpdateCounts())
                : switch (end) {
                    case DeadlineExceededException deadline -> new SQLDeadlineExceededException(what, deadline);
                    case CancelledException cancelled -> new SQLCancelledException(what, cancelled);
                };
        if (failure != null) {
            stopped.addSuppressed(failure);
        }
        return stopped;
    }

    /// The grace of one call: unless closed by then, the connection is cut off.
    private final class Cut implements AutoCloseable {

        private final CancellableContext budget = ctx.withoutCancel().withTimeout(settings.grace(), "grace");
        private final Registration registration;

        Cut(long call) {
            registration = budget.afterFunc(DaemonThreads.executor(), () -> cutOff(call));
        }

        @Override
        public void close() {
            registration.stop(); // before the end of the budget, which would run it
            budget.close();
        }
    }

    /// Something that a driver does.
    @FunctionalInterface
    interface Action {

        /// Does it.
        void run() throws SQLException;
    }
}
