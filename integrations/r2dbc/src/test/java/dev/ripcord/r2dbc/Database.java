package dev.ripcord.r2dbc;

import static io.r2dbc.spi.ConnectionFactoryOptions.DATABASE;
import static io.r2dbc.spi.ConnectionFactoryOptions.DRIVER;
import static io.r2dbc.spi.ConnectionFactoryOptions.HOST;
import static io.r2dbc.spi.ConnectionFactoryOptions.PASSWORD;
import static io.r2dbc.spi.ConnectionFactoryOptions.PORT;
import static io.r2dbc.spi.ConnectionFactoryOptions.USER;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ripcord.testkit.RealTime;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The databases of the tests: the PostgreSQL that `RIPCORD_TEST_POSTGRES` names by its JDBC URL, else an embedded one;
/// and [MariaDb].
enum Database {
    POSTGRESQL {
        @Override
        @Nullable
        String url() {
            return Embedded.URL;
        }

        @Override
        Server start() {
            return Embedded.start();
        }

        @Override
        String slow() {
            return "select pg_sleep(30) /* " + OURS + " */";
        }

        @Override
        String brief() {
            return "select count(*) from generate_series(1, 10000)";
        }

        @Override
        String session() {
            return "select pg_backend_pid()";
        }

        @Override
        String running() {
            return "select count(*) from pg_stat_activity where state = 'active' and query like '%s%%'";
        }
    },

    MARIADB {
        @Override
        @Nullable
        String url() {
            return MariaDb.URL;
        }

        @Override
        Server start() {
            assumeTrue(REQUIRED || MariaDb.isInstalled(), "no mariadbd is installed");
            return MariaDb.start();
        }

        @Override
        String slow() {
            return "select sleep(30) /* " + OURS + " */";
        }

        @Override
        String brief() {
            return "select count(*) from seq_1_to_10000 where seq % 7 < 10";
        }

        @Override
        String session() {
            return "select connection_id()";
        }

        @Override
        String running() {
            return "select count(*) from information_schema.processlist where info like '%s%%'";
        }
    };

    /// What tells our statements from others on a shared server.
    private static final String OURS = "ripcord-test-" + ProcessHandle.current().pid();

    private static final boolean REQUIRED = "1".equals(System.getenv("RIPCORD_REQUIRE_SERVICES"));

    abstract @Nullable String url();

    /// A server that a test may freeze; its process ends with the JVM's. The test is skipped if none can be started.
    abstract Server start();

    /// A statement that takes half a minute.
    abstract String slow();

    /// A statement that takes about a millisecond, and gives 10000.
    abstract String brief();

    /// A statement that gives the number of the session.
    abstract String session();

    /// A statement that gives how many sessions run one that begins as it says.
    abstract String running();

    /// A server of a test's own.
    record Server(String url, ProcessHandle process) {

        /// Stops all its processes by a signal, or lets them go on.
        void signal(String name) throws IOException, InterruptedException {
            for (ProcessHandle one :
                    Stream.concat(Stream.of(process), process.descendants()).toList()) {
                new ProcessBuilder("kill", "-" + name, Long.toString(one.pid()))
                        .start()
                        .waitFor();
            }
        }
    }

    /// The driver's own factory. The test is skipped if there is no database, or fails where services are required.
    ConnectionFactory factory() {
        String url = url();
        assumeTrue(REQUIRED || url != null, "no mariadbd is installed, and RIPCORD_TEST_MARIADB names none");
        return factory(requireNonNull(url, "no MariaDB"));
    }

    static ConnectionFactory factory(String jdbcUrl) {
        URI uri = URI.create(jdbcUrl.substring("jdbc:".length()));
        String query = uri.getQuery() == null ? "" : uri.getQuery();
        Map<String, String> parameters = Arrays.stream(query.split("&"))
                .map(parameter -> parameter.split("=", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        return ConnectionFactories.get(ConnectionFactoryOptions.builder()
                .option(DRIVER, uri.getScheme())
                .option(HOST, uri.getHost())
                .option(PORT, uri.getPort())
                .option(DATABASE, uri.getPath().substring(1))
                .option(USER, parameters.getOrDefault("user", "postgres"))
                .option(PASSWORD, parameters.getOrDefault("password", ""))
                .build());
    }

    /// A pool of `size` connections.
    static ConnectionPool pool(ConnectionFactory factory, int size) {
        return new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .initialSize(0)
                .maxSize(size)
                .maxAcquireTime(Duration.ofSeconds(10))
                .build());
    }

    /// What a statement over `connection` gives, or that it fails.
    static Flux<String> query(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .flatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0))));
    }

    /// The first value that `sql` gives, over a connection of `factory`.
    static String value(ConnectionFactory factory, String sql) {
        String value = Flux.usingWhen(factory.create(), connection -> query(connection, sql), Connection::close)
                .blockLast(Duration.ofSeconds(10));
        return value == null ? "" : value;
    }

    /// Runs `sql`, over a connection of `factory`.
    static void execute(ConnectionFactory factory, String sql) {
        Mono.usingWhen(
                        factory.create(),
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(result -> result.getRowsUpdated())
                                .then(),
                        Connection::close)
                .block(Duration.ofSeconds(10));
    }

    /// How many sessions run the slow statement, asked over `admin`.
    int running(ConnectionFactory admin) {
        return running(admin, slow());
    }

    /// How many sessions run a statement that begins with `sql`.
    int running(ConnectionFactory admin, String sql) {
        return Integer.parseInt(value(admin, running().formatted(sql)));
    }

    /// Waits until `condition` is true, at most 10 s.
    static void await(String what, BooleanSupplier condition) {
        RealTime.await(what, condition);
    }

    /// Started when first needed, unless there is another; its process ends with the JVM's.
    private static final class Embedded {

        static final String URL = namedOrStarted();

        private static String namedOrStarted() {
            String named = System.getenv("RIPCORD_TEST_POSTGRES");
            return named == null ? start().url() : named;
        }

        static Server start() {
            try {
                Path data = Files.createTempDirectory("postgres").resolve("data");
                String url = EmbeddedPostgres.builder()
                        .setDataDirectory(data)
                        .start()
                        .getJdbcUrl("postgres", "postgres");
                String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
                return new Server(url, ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
