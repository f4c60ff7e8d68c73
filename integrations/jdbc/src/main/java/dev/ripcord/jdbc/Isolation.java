package dev.ripcord.jdbc;

import java.sql.Connection;

/// How far a transaction is isolated from others that run at the same time: the four levels of SQL.
///
/// What a level really keeps apart is the database's choice: PostgreSQL's REPEATABLE_READ is a snapshot, Oracle has two
/// of the four. A driver that lacks a level throws.
public enum Isolation {
    /// Sees what others have not committed.
    READ_UNCOMMITTED(Connection.TRANSACTION_READ_UNCOMMITTED),
    /// Sees only what was committed when the statement began.
    READ_COMMITTED(Connection.TRANSACTION_READ_COMMITTED),
    /// Sees the same row the same way each time.
    REPEATABLE_READ(Connection.TRANSACTION_REPEATABLE_READ),
    /// As if one transaction ran after another. Conflicts end some of them: see [Transactions#withAttempts].
    SERIALIZABLE(Connection.TRANSACTION_SERIALIZABLE);

    /// The constant of [Connection].
    final int level;

    Isolation(int level) {
        this.level = level;
    }
}
