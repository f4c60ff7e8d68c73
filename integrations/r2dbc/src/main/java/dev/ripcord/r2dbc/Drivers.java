package dev.ripcord.r2dbc;

import static java.util.Objects.requireNonNull;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Wrapped;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// How statements of a factory's connections are stopped, which no two drivers do alike.
final class Drivers {

    private static final boolean POSTGRESQL = isPresent("io.r2dbc.postgresql.api.PostgresqlConnection");

    /// MariaDB's error for a `KILL QUERY` of a connection that is no more.
    private static final int UNKNOWN_THREAD = 1094;

    /// The driver's own factory, below any pool.
    private final ConnectionFactory innermost;

    /// The ids that MariaDB gave to the connections of the driver.
    private final Map<Connection, Long> ids = Collections.synchronizedMap(new WeakHashMap<>());

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
    Mono<Driver> of(Connection connection) {
        Connection own = connection;
        while (own instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner) {
            own = inner;
        }
        Connection found = own;
        if (POSTGRESQL && own instanceof PostgresqlConnection postgres) {
            return Mono.just(new Driver(own, postgres.cancelRequest()));
        }
        return switch (own.getMetadata().getDatabaseProductName()) {
            case "MariaDB", "MySQL" -> id(own).map(id -> new Driver(found, kill(id)));
            default -> Mono.just(new Driver(own, null));
        };
    }

    private Mono<Long> id(Connection own) {
        Long known = ids.get(own);
        if (known != null) {
            return Mono.just(known);
        }
        return Flux.from(own.createStatement("SELECT CONNECTION_ID()").execute())
                .flatMap(result -> result.map(row -> requireNonNull(row.get(0, Number.class)).longValue()))
                .last()
                .doOnNext(id -> ids.put(own, id));
    }

    private Mono<Void> kill(long id) {
        return Mono.usingWhen(
                        innermost.create(),
                        other -> Flux.from(other.createStatement("KILL QUERY " + id)
                                        .execute())
                                .flatMap(result -> result.getRowsUpdated())
                                .then(),
                        Connection::close)
                .onErrorResume(
                        R2dbcException.class, e -> e.getErrorCode() == UNKNOWN_THREAD ? Mono.empty() : Mono.error(e));
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
