package dev.ripcord.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/// What is asked of a connection to PostgreSQL beyond JDBC.
final class PostgreSql {

    private static final boolean PRESENT = isPresent();

    private PostgreSql() {}

    /// Whether the transaction has been aborted by a statement that failed. Its commit would roll back, and pgjdbc
    /// would report success.
    static boolean isAborted(Connection connection) throws SQLException {
        return PRESENT
                && connection.isWrapperFor(BaseConnection.class)
                && connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.FAILED;
    }

    private static boolean isPresent() {
        try {
            Class.forName("org.postgresql.core.BaseConnection", false, PostgreSql.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
