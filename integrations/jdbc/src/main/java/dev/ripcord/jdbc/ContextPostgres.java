package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// What pgjdbc offers beyond JDBC, ending with the context of a connection: `copy` and `listen`.
///
/// `unwrap(PGConnection.class)` gives the same without an end.
///
/// {@snippet class="dev.ripcord.jdbc.ContextPostgresTest" region="copy"}
///
/// ## Errors
///
/// A call that is refused or stopped throws a [ContextSQLException], as those of the connection do.
public final class ContextPostgres {

    /// How long a wait for notifications lasts at most: nothing ends one earlier but a notification.
    private static final int SLICE_MILLIS = 100;

    private final Guard guard;
    private final PGConnection postgres;

    private ContextPostgres(Guard guard, PGConnection postgres) {
        this.guard = guard;
        this.postgres = postgres;
    }

    /// More of `connection`.
    ///
    /// @param connection one of a [ContextDataSource], or what a framework has wrapped around it
    /// @return to be used as long as the connection is open
    /// @throws SQLException if it is bound to no context, or not one of PostgreSQL
    public static ContextPostgres of(Connection connection) throws SQLException {
        requireNonNull(connection, "connection");
        if (!connection.isWrapperFor(GuardedConnection.class)) {
            throw new SQLException(
                    "connection is bound to no context; take it from a ContextDataSource, under a context"
                            + " that can end");
        }
        return new ContextPostgres(
                connection.unwrap(GuardedConnection.class).guard, connection.unwrap(PGConnection.class));
    }

    /// Copies into a table. It is stopped when the context ends, but not while it waits for `from` to give more.
    ///
    /// @param sql `copy … from stdin`
    /// @param from what to copy; not closed
    /// @return how many rows
    /// @throws SQLException if the database says so, or the context ends
    /// @throws IOException if `from` throws it; nothing is copied then
    public long copyIn(String sql, InputStream from) throws SQLException, IOException {
        requireNonNull(sql, "sql");
        requireNonNull(from, "from");
        return copy(() -> postgres.getCopyAPI().copyIn(sql, new Ending(from)));
    }

    /// Copies the result of a query, or a table. It is stopped when the context ends, and has written some of it then.
    ///
    /// @param sql `copy … to stdout`
    /// @param to what to copy to; not closed
    /// @return how many rows
    /// @throws SQLException if the database says so, or the context ends
    /// @throws IOException if `to` throws it
    public long copyOut(String sql, OutputStream to) throws SQLException, IOException {
        requireNonNull(sql, "sql");
        requireNonNull(to, "to");
        return copy(() -> postgres.getCopyAPI().copyOut(sql, to));
    }

    /// Waits for what other sessions `notify`, on the channels that this one does `listen` to.
    ///
    /// Not in a transaction, for there the server keeps them back. The end of the context is noticed within a tenth of
    /// a second; other calls of the connection wait as long. The session goes on to listen when it is back in its pool,
    /// unless it is told to `unlisten`.
    ///
    /// @return what has come, in order; at least one
    /// @throws SQLException if the database says so, or the context ends
    public List<Notification> awaitNotifications() throws SQLException {
        PGNotification[] come = {};
        while (come.length == 0) {
            come = guard.call(null, () -> postgres.getNotifications(SLICE_MILLIS));
        }
        return Stream.of(come)
                .map(one -> new Notification(one.getName(), one.getParameter(), one.getPID()))
                .toList();
    }

    private long copy(Copy copy) throws SQLException, IOException {
        try {
            return guard.call(null, () -> {
                try {
                    return copy.run();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// What a session has sent by `notify`.
    ///
    /// @param channel where
    /// @param payload what, or empty
    /// @param session the process of the server that sent it
    public record Notification(String channel, String payload, int session) {}

    /// What a driver copies.
    @FunctionalInterface
    private interface Copy {
        long run() throws SQLException, IOException;
    }

    /// Ends with the context: the driver does not look at the server's answers before the last row is sent.
    private final class Ending extends FilterInputStream {

        Ending(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            guard.throwIfDone();
            return super.read(bytes, offset, length);
        }
    }
}
