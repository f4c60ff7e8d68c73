package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/// A transaction that [Transactions] runs, or a part of one that can be undone by itself.
///
/// It is used by the thread that it was handed to, until the task returns.
///
/// {@snippet class="dev.ripcord.jdbc.TransactionsExampleTest" region="nested"}
///
/// ## Rules
///
/// - A part, run by [#run] or [#call], begins with a savepoint. If its task throws, or has asked for
///   [#rollbackOnly()], what it did is undone, and nothing else.
/// - If that fails, the whole transaction is rolled back in the end: there is no commit of what nobody meant.
/// - The commit of a part takes effect with the transaction.
public final class Transaction {

    private final GuardedConnection connection;
    private final @Nullable Transaction whole;

    private boolean rollbackOnly;
    private @Nullable SQLException notUndone;

    Transaction(GuardedConnection connection) {
        this(connection, null);
    }

    private Transaction(GuardedConnection connection, @Nullable Transaction whole) {
        this.connection = connection;
        this.whole = whole;
    }

    /// The connection, which ends with the context of the transaction.
    ///
    /// Its `commit`, `rollback` and `setAutoCommit(true)` are refused, for that is up to [Transactions]; its `close`
    /// does nothing. Savepoints of one's own are allowed.
    ///
    /// @return always the same one
    public Connection connection() {
        return connection;
    }

    /// Has the transaction, or this part of it, rolled back when the task returns; nothing is thrown for it.
    public void rollbackOnly() {
        rollbackOnly = true;
    }

    /// Runs `task` as a part that can be undone by itself.
    ///
    /// @param <X> the type of exception that the task throws besides [SQLException]
    /// @param task runs on this thread, before this returns
    /// @throws SQLException if the task throws it, or a savepoint is refused
    /// @throws X what `task` threw
    public <X extends Exception> void run(Task<X> task) throws SQLException, X {
        requireNonNull(task, "task");
        this.<Boolean, X>call(part -> {
            task.run(part);
            return true;
        });
    }

    /// Calls `operation` as a part that can be undone by itself.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of exception that the operation throws besides [SQLException]
    /// @param operation runs on this thread, before this returns
    /// @return what `operation` returned
    /// @throws SQLException if the operation throws it, or a savepoint is refused
    /// @throws X what `operation` threw
    public <V extends @Nullable Object, X extends Exception> V call(Operation<? extends V, X> operation)
            throws SQLException, X {
        requireNonNull(operation, "operation");
        Savepoint savepoint = connection.setSavepoint();
        Transaction part = new Transaction(connection, whole == null ? this : whole);
        V result;
        try {
            result = operation.call(part);
        } catch (Throwable e) {
            try {
                part.undo(savepoint);
            } catch (SQLException failed) {
                e.addSuppressed(failed);
            }
            throw e;
        }
        if (part.rollbackOnly) {
            part.undo(savepoint);
        } else {
            release(savepoint);
        }
        return result;
    }

    private void undo(Savepoint savepoint) throws SQLException {
        try {
            connection.rollback(savepoint);
            release(savepoint);
        } catch (SQLException e) {
            requireNonNull(whole, "whole").notUndone = e;
            throw e;
        }
    }

    private void release(Savepoint savepoint) throws SQLException {
        try {
            connection.releaseSavepoint(savepoint);
        } catch (SQLFeatureNotSupportedException e) {
            // released by the end of the transaction, as Oracle and SQL Server do it
        }
    }

    /// Commits, or rolls back if that was asked for.
    void end(Guard guard) throws SQLException {
        if (notUndone != null) {
            throw new SQLException(
                    "rolled back instead of committed: a part of the transaction could not be undone: "
                            + notUndone.getMessage(),
                    "40000",
                    notUndone);
        }
        if (rollbackOnly) {
            guard.rollback();
            return;
        }
        if (guard.isAborted()) {
            throw new SQLException(
                    "rolled back instead of committed: a statement had failed; let its exception end the task,"
                            + " or run it as a part",
                    "25P02");
        }
        guard.commit();
    }

    /// What is called in a transaction, and has a result.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of exception that it throws besides [SQLException]
    @FunctionalInterface
    public interface Operation<V extends @Nullable Object, X extends Exception> {

        /// Does the work.
        ///
        /// @param tx the transaction
        /// @return the result
        /// @throws SQLException if the database says so
        /// @throws X if it cannot
        V call(Transaction tx) throws SQLException, X;
    }

    /// What is run in a transaction.
    ///
    /// @param <X> the type of exception that it throws besides [SQLException]
    @FunctionalInterface
    public interface Task<X extends Exception> {

        /// Does the work.
        ///
        /// @param tx the transaction
        /// @throws SQLException if the database says so
        /// @throws X if it cannot
        void run(Transaction tx) throws SQLException, X;
    }
}
