package dev.ripcord.jdbc;

/// What ends a statement even if nobody is left to cancel it: the JVM was killed, or every cancel is lost.
///
/// Set when a connection is taken under a context with a deadline, taken back when it is closed; a limit that the
/// connection has and that is shorter stays.
public enum Belt {

    /// The server ends any statement that takes longer than the time left and the grace. Costs a round trip when the
    /// connection is taken and one when it is closed.
    ///
    /// PostgreSQL's `statement_timeout`, MariaDB's `max_statement_time` and MySQL's `max_execution_time`, which is for
    /// `select` only. Other databases have none and do without.
    SERVER_TIMEOUT,

    /// The driver gives up, and closes the connection, when the server has sent nothing for the time left, the grace
    /// and a second. Costs nothing; a driver without network timeouts does without.
    NETWORK_TIMEOUT
}
