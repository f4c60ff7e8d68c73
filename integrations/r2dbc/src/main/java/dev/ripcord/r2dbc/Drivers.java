package dev.ripcord.r2dbc;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import org.mariadb.r2dbc.api.MariadbConnection;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// How statements of a factory's connections are stopped, which no two drivers do alike.
final class Drivers {

    private static final boolean POSTGRESQL = isPresent("io.r2dbc.postgresql.api.PostgresqlConnection");
    private static final boolean MARIADB = isPresent("org.mariadb.r2dbc.api.MariadbConnection");

    /// MariaDB's error for a `KILL QUERY` of a connection that is no more.
    private static final int UNKNOWN_THREAD = 1094;

    /// The driver's own factory, below any pool.
    private final ConnectionFactory innermost;

    private Drivers(ConnectionFactory innermost) {
        this.innermost = innermost;
    }

    static Drivers of(ConnectionFactory factory) {
        ConnectionFactory innermost = factory;
        while (innermost instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof ConnectionFactory inner) {
            innermost = inner;
        }
        return new Drivers(innermost);
    }

    /// The driver of one connection.
    ///
    /// @param connection the driver's own, to close it for good
    /// @param cancel asks the database to stop what the connection runs, and completes when it has been asked; null if
    ///     there is no way
    record Driver(Connection connection, @Nullable Mono<Void> cancel) {}

    /// The driver of `connection`.
    Driver of(Connection connection) {
        Connection own = connection;
        while (own instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner) {
            own = inner;
        }
        if (POSTGRESQL && own instanceof PostgresqlConnection postgres) {
            return new Driver(own, postgres.cancelRequest());
        }
        if (MARIADB && own instanceof MariadbConnection maria) {
            return new Driver(own, kill(maria));
        }
        return new Driver(own, null);
    }

    private Mono<Void> kill(MariadbConnection own) {
        return Mono.usingWhen(innermost.create(), other -> kill(own, other), Connection::close)
                .onErrorResume(
                        R2dbcException.class, e -> e.getErrorCode() == UNKNOWN_THREAD ? Mono.empty() : Mono.error(e));
    }

    /// Another server gives the same numbers to other connections, so `other` must be to the same.
    private static Mono<Void> kill(MariadbConnection own, Connection other) {
        return other instanceof MariadbConnection maria
                        && maria.getPort() == own.getPort()
                        && maria.getHost().equals(own.getHost())
                ? Flux.from(other.createStatement("KILL QUERY " + own.getThreadId())
                                .execute())
                        .flatMap(result -> result.getRowsUpdated())
                        .then()
                : Mono.error(new IllegalStateException("connected to another server than " + own.getHost()));
    }

    private static boolean isPresent(String name) {
        try {
            Class.forName(name, false, Drivers.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
