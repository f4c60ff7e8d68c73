package dev.ripcord.jdbc;

import dev.ripcord.spi.DaemonThreads;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.h2.command.Command;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/// How the calls of one connection are stopped, which no two drivers do alike.
///
/// It is found by asking the connection what it wraps, not by a URL, which pools and tracing drivers rewrite.
///
/// ## Threads
///
/// The guard calls `cancel` and `abort` from threads of its own while the user's thread is in the driver.
sealed interface Driver {

    /// The connection, which may be a pool's.
    Connection connection();

    /// Asks the database to stop what the connection runs. The call that runs then fails soon, or it was asked too
    /// early, and has to be asked again. May block as long as a connection attempt; does nothing to an idle connection.
    ///
    /// @param running the statement; null if the call has none, such as a query for metadata
    default void cancel(@Nullable Statement running) throws SQLException {
        if (running != null) {
            running.cancel();
        }
    }

    /// Cuts the connection off, so that whoever is blocked in it fails, and waits at most a second for that. The
    /// connection cannot be used again.
    default void abort() {
        CompletableFuture.runAsync(this::abortQuietly, DaemonThreads.executor())
                .completeOnTimeout(null, 1, TimeUnit.SECONDS)
                .join();
    }

    private void abortQuietly() {
        try {
            connection().abort(Runnable::run);
        } catch (SQLException | RuntimeException e) {
            // cut off as far as this driver can
        }
    }

    /// Whether the connection may be used again after a cancel that was sent and has returned.
    boolean isReusable();

    /// The driver of `connection`.
    static Driver of(Connection connection) throws SQLException {
        if (Present.POSTGRESQL && connection.isWrapperFor(PGConnection.class)) {
            return new PostgreSql(connection, connection.unwrap(PGConnection.class));
        }
        if (Present.H2 && connection.isWrapperFor(JdbcConnection.class)) {
            return new H2(connection, connection.unwrap(JdbcConnection.class));
        }
        return new Unknown(connection);
    }

    /// pgjdbc. Its `Statement.cancel()` works once per execution and not at all in the fetches of a cursor;
    /// `cancelQuery()` does both. Closing the socket is the only thing that ends a read when the server is frozen.
    record PostgreSql(Connection connection, PGConnection postgres) implements Driver {

        @Override
        public void cancel(@Nullable Statement running) throws SQLException {
            postgres.cancelQuery();
        }

        @Override
        public boolean isReusable() {
            return true;
        }
    }

    /// H2. A cancel sets a flag, and nothing cuts a call off. In a server's session the flag can stay set and hit the
    /// same SQL later.
    ///
    /// `Statement.cancel()` makes the statement forget its command, which is lost for good if it had just been set: no
    /// later cancel finds it. So an embedded session is asked for its command instead.
    record H2(Connection connection, JdbcConnection h2) implements Driver {

        @Override
        public void cancel(@Nullable Statement running) throws SQLException {
            if (h2.getSession() instanceof SessionLocal session) {
                Command command = session.getCurrentCommand();
                if (command != null) {
                    command.cancel();
                }
            } else {
                Driver.super.cancel(running);
            }
        }

        @Override
        public boolean isReusable() {
            return h2.getSession() instanceof SessionLocal;
        }
    }

    /// Any other driver: what JDBC itself offers, and no trust in a connection that was cancelled.
    record Unknown(Connection connection) implements Driver {

        @Override
        public boolean isReusable() {
            return false;
        }
    }

    /// Which drivers the class path has.
    final class Present {

        static final boolean POSTGRESQL = isPresent("org.postgresql.PGConnection");
        static final boolean H2 = isPresent("org.h2.jdbc.JdbcConnection");

        private Present() {}

        private static boolean isPresent(String name) {
            try {
                Class.forName(name, false, Driver.class.getClassLoader());
                return true;
            } catch (ClassNotFoundException | LinkageError e) {
                return false;
            }
        }
    }
}
