package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;

/// Which failures say that a transaction lost against another, and may succeed if it is begun anew.
final class Conflicts {

    private static final int LONGEST_CHAIN = 100;

    /// A serialization failure or, with most drivers, a deadlock; a deadlock in PostgreSQL.
    private static final Set<String> STATES = Set.of("40001", "40P01");

    /// What drivers report in another way, by the package of their exception.
    private static final Map<String, Set<Integer>> CODES = Map.of(
            // Db2: deadlock or timeout, not yet rolled back
            "com.ibm.db2.", Set.of(-913),
            // SQL Server: conflicts of snapshots, and of memory-optimized tables
            "com.microsoft.sqlserver.", Set.of(3960, 41302, 41305, 41325),
            // Oracle: deadlock, cannot serialize
            "oracle.jdbc.", Set.of(60, 8177),
            // H2: row changed meanwhile
            "org.h2.", Set.of(90131),
            // MariaDB: record changed since the snapshot
            "org.mariadb.", Set.of(1020),
            // SQLite: busy, and busy with a snapshot that is too old to write
            "org.sqlite.", Set.of(5, 517));

    /// DuckDB has neither states nor codes.
    private static final String DUCKDB = "TransactionContext Error: Conflict";

    private Conflicts() {}

    /// Whether `failure` is one, or comes from one.
    static boolean isOne(Throwable failure) {
        if (ContextException.find(failure).isPresent()) {
            return false;
        }
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < LONGEST_CHAIN; depth++) {
            if (cause instanceof SQLException e && isOneOrFollowedByOne(e)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /// A batch tells the database's failure as its next exception.
    private static boolean isOneOrFollowedByOne(SQLException e) {
        SQLException next = e;
        for (int depth = 0; next != null && depth < LONGEST_CHAIN; depth++) {
            if (tells(next)) {
                return true;
            }
            next = next.getNextException();
        }
        return false;
    }

    private static boolean tells(SQLException e) {
        String state = e.getSQLState();
        if (state != null) {
            if (STATES.contains(state)) {
                return true;
            }
        } else if (String.valueOf(e.getMessage()).startsWith(DUCKDB)) {
            return true;
        }
        String type = e.getClass().getName();
        return CODES.entrySet().stream()
                .anyMatch(codes ->
                        type.startsWith(codes.getKey()) && codes.getValue().contains(e.getErrorCode()));
    }
}
