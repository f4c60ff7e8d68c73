package dev.ripcord.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Isolation, read-only and auto-commit of a connection for one transaction, changed back when closed.
final class Mode implements AutoCloseable {

    private final Guard guard;
    private final Connection connection;
    private final Deque<Guard.Action> former = new ArrayDeque<>(3);

    Mode(GuardedConnection connection) {
        this.guard = connection.guard;
        this.connection = connection.delegate;
    }

    /// Begins a transaction, as a driver does with the first statement.
    ///
    /// @param isolation null for what the connection has
    void begin(@Nullable Isolation isolation, boolean readOnly) throws SQLException {
        guard.run(null, () -> {
            if (isolation != null) {
                int level = connection.getTransactionIsolation();
                if (level != isolation.level) {
                    former.push(() -> connection.setTransactionIsolation(level));
                    connection.setTransactionIsolation(isolation.level);
                }
            }
            if (readOnly && !connection.isReadOnly()) {
                former.push(() -> connection.setReadOnly(false));
                connection.setReadOnly(true);
            }
            if (connection.getAutoCommit()) {
                former.push(() -> connection.setAutoCommit(true));
                connection.setAutoCommit(false);
            }
        });
    }

    @Override
    public void close() {
        former.forEach(guard::restore);
    }
}
