package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A way to run transactions that end with a context: committed if what is to be done returns, else rolled back.
///
/// It can be kept and used by any number of threads. The `with` methods give a changed one.
///
/// {@snippet class="dev.ripcord.jdbc.TransactionsExampleTest" region="transfer"}
///
/// ## Rules
///
/// - A transaction is committed when its task returns, and rolled back when it throws or has asked for
///   [Transaction#rollbackOnly()].
/// - When the context ends, the statement that runs is cancelled and the transaction rolled back at once, even if the
///   task is doing something else: its locks are free.
/// - If the context has ended by the commit, the transaction is rolled back, and a [ContextSQLException] says so.
/// - So it is, with an exception, if a statement had failed on PostgreSQL and the task has swallowed that: the server
///   commits none of it.
/// - A commit that has begun is not cancelled. If the database does not answer within the grace after the end,
///   the connection is cut off, and a [SQLOutcomeUnknownException] says that nobody knows.
/// - A rollback is always tried, for no longer than the grace if the context has ended. If it fails, that is suppressed
///   in what is thrown, and the connection is discarded.
/// - Isolation, read-only and auto-commit are as before when the connection goes back to its pool.
///
/// ## Errors
///
/// What the task throws is thrown on, as it is. So the database's own exceptions reach the caller, and those of a
/// context that has ended are [ContextSQLException]s.
public final class Transactions {

    private static final long FIRST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final ContextDataSource source;
    private final @Nullable Isolation isolation;
    private final boolean readOnly;
    private final int attempts;

    private Transactions(ContextDataSource source, @Nullable Isolation isolation, boolean readOnly, int attempts) {
        this.source = source;
        this.isolation = isolation;
        this.readOnly = readOnly;
        this.attempts = attempts;
    }

    /// Transactions of `dataSource`, as its connections come, tried once.
    ///
    /// @param dataSource a [ContextDataSource], or what one is to be put around
    /// @return new transactions
    public static Transactions of(DataSource dataSource) {
        requireNonNull(dataSource, "dataSource");
        ContextDataSource source =
                dataSource instanceof ContextDataSource known ? known : ContextDataSource.of(dataSource);
        return new Transactions(source, null, false, 1);
    }

    /// The same, isolated so far. By default it is as far as the source's connections are.
    ///
    /// @param isolation what the database shall keep apart
    /// @return new transactions
    public Transactions withIsolation(Isolation isolation) {
        return new Transactions(source, requireNonNull(isolation, "isolation"), readOnly, attempts);
    }

    /// The same, which only read. What that forbids, or speeds up, is up to the driver.
    ///
    /// @return new transactions
    public Transactions withReadOnly() {
        return new Transactions(source, isolation, true, attempts);
    }

    /// The same, begun anew when the database has ended one for a conflict with another, a serialization failure or a
    /// deadlock.
    ///
    /// The task then runs again from its start: what it did other than in the database it does twice.
    /// Between attempts there is a pause, random within a limit that doubles from 10 ms to 1 s, without a connection.
    /// None is begun that would outlast the deadline. The failure of the last attempt is thrown, with those of the
    /// earlier ones suppressed.
    ///
    /// @param attempts how many, at most; one by default
    /// @return new transactions
    public Transactions withAttempts(int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts < 1: " + attempts);
        }
        return new Transactions(source, isolation, readOnly, attempts);
    }

    /// Runs `task` in a transaction.
    ///
    /// @param <X> the type of exception that the task throws besides [SQLException]
    /// @param ctx ends the transaction
    /// @param task runs on this thread, before this returns
    /// @throws SQLException if a connection, the task or the commit throws it
    /// @throws X what `task` threw
    public <X extends Exception> void run(Context ctx, Transaction.Task<X> task) throws SQLException, X {
        requireNonNull(task, "task");
        this.<Boolean, X>call(ctx, tx -> {
            task.run(tx);
            return true;
        });
    }

    /// Calls `operation` in a transaction.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of exception that the operation throws besides [SQLException]
    /// @param ctx ends the transaction
    /// @param operation runs on this thread, before this returns
    /// @return what `operation` returned, once that is committed
    /// @throws SQLException if a connection, the operation or the commit throws it
    /// @throws X what `operation` threw
    public <V extends @Nullable Object, X extends Exception> V call(
            Context ctx, Transaction.Operation<? extends V, X> operation) throws SQLException, X {
        requireNonNull(ctx, "ctx");
        requireNonNull(operation, "operation");
        List<Throwable> failures = new ArrayList<>();
        while (true) {
            try {
                return this.<V, X>attempt(ctx, operation);
            } catch (Throwable e) {
                if (!Conflicts.isOne(e) || failures.size() + 1 >= attempts || !pause(ctx, failures.size())) {
                    failures.stream().filter(earlier -> earlier != e).forEach(e::addSuppressed);
                    throw e;
                }
                failures.add(e);
            }
        }
    }

    private <V extends @Nullable Object, X extends Exception> V attempt(
            Context ctx, Transaction.Operation<? extends V, X> operation) throws SQLException, X {
        try (GuardedConnection connection = source.guarded(ctx)) {
            Guard guard = connection.guard;
            try (Mode mode = new Mode(connection)) {
                Transaction tx = new Transaction(connection.managed());
                mode.begin(isolation, readOnly);
                try {
                    V result = operation.call(tx);
                    tx.end(guard);
                    return result;
                } catch (Throwable e) {
                    guard.rollbackAfter(e);
                    throw e;
                }
            }
        }
    }

    /// Waits before the next attempt.
    ///
    /// @return whether there shall be one
    @SuppressWarnings("ContextSwallowed") // the next attempt is refused, and says why
    private static boolean pause(Context ctx, int failures) {
        long limit = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures, 10));
        Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(limit + 1));
        if (ctx.deadline()
                .filter(deadline -> deadline.remaining().compareTo(pause) <= 0)
                .isPresent()) {
            return false;
        }
        try {
            Blocking.sleep(ctx, pause);
        } catch (ContextException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return true;
    }

    /// The source, and what differs from the defaults.
    @Override
    public String toString() {
        return "Transactions(" + source + (isolation == null ? "" : ", " + isolation) + (readOnly ? ", read-only" : "")
                + (attempts == 1 ? "" : ", " + attempts + " attempts") + ")";
    }
}
