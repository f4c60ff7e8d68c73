package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A database that stops answering: all its processes are stopped by a signal while a call is in the driver.
///
/// Its caller is free after the grace. When the server goes on, the pool is whole, nothing of what was left runs, and
/// no thread of ours is in the driver.
@ParameterizedClass
@EnumSource(names = {"POSTGRESQL", "MARIADB", "MYSQL"})
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no signal that stops a process")
class FrozenServerTest {

    private static final Duration GRACE = Duration.ofMillis(300);

    /// By the database whose it is: MySQL's driver talks to MariaDB.
    private static final Map<Database, Server> SERVERS = new EnumMap<>(Database.class);

    private final Database kind;
    private final CancellableContext ctx = Context.background().withCancel();

    private Server server;
    private String url;
    private HikariDataSource pool;
    private ContextDataSource database;

    FrozenServerTest(Database kind) {
        this.kind = kind;
    }

    /// One of these tests' own; it ends with the JVM.
    private record Server(String url, ProcessHandle process) {

        static Server start(Database kind) {
            try {
                return kind == Database.POSTGRESQL ? postgres() : mariaDb();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Server postgres() throws IOException {
            Path data = Files.createTempDirectory("ripcord").resolve("data");
            EmbeddedPostgres server =
                    EmbeddedPostgres.builder().setDataDirectory(data).start();
            String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
            return new Server(
                    server.getJdbcUrl("postgres", "postgres"),
                    ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
        }

        private static Server mariaDb() {
            MariaDbServer server = Database.startedMariaDb();
            return new Server(server.url(), server.process());
        }

        /// The first one first, so that it starts no others meanwhile.
        void freeze() throws Exception {
            stop(process);
            for (ProcessHandle other : process.descendants().toList()) {
                stop(other);
            }
        }

        void goOn() throws Exception {
            for (ProcessHandle one :
                    Stream.concat(Stream.of(process), process.descendants()).toList()) {
                signal("CONT", one);
            }
        }

        private static void stop(ProcessHandle process) throws Exception {
            signal("STOP", process);
            RealTime.await(process + " has stopped", () -> isStopped(process));
        }

        private static void signal(String name, ProcessHandle process) throws Exception {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }

        /// Its threads stop one after the other, and one that has ended is left over. Where they are not listed, they
        /// had time.
        private static boolean isStopped(ProcessHandle process) {
            Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
            if (!Files.isDirectory(threads)) {
                return true;
            }
            try (Stream<Path> all = Files.list(threads)) {
                return all.allMatch(thread -> {
                    try {
                        String state = Files.readString(thread.resolve("stat"));
                        return state.contains(") T ") || state.contains(") Z ");
                    } catch (IOException e) {
                        return true; // it has ended
                    }
                });
            } catch (IOException e) {
                return true; // likewise
            }
        }
    }

    @BeforeEach
    void thereIsATable() throws SQLException {
        if (kind != Database.POSTGRESQL) {
            Database.assumeIsThere(kind, MariaDbServer.missing());
        }
        server = SERVERS.computeIfAbsent(kind == Database.MYSQL ? Database.MARIADB : kind, Server::start);
        url = kind == Database.MYSQL ? Database.asMySql(server.url) : server.url;
        pool = Database.pool(url, 1);
        database = ContextDataSource.of(pool).withGrace(GRACE);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists item");
            statement.execute("create table item (id int)");
        }
    }

    @AfterEach
    void allIsWellOnceTheServerGoesOn() throws Exception {
        ctx.close();
        if (pool == null) {
            return;
        }
        server.goOn();
        try (Connection connection = pool.getConnection()) {
            assertThat(connection.isValid(5)).isTrue();
        }
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        RealTime.await("nothing runs that was left", () -> !isRunning());
        RealTime.await("no thread of ours is in the driver", FrozenServerTest::noThreadIsInTheDriver);
        pool.close();
    }

    private static boolean noThreadIsInTheDriver() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .noneMatch(frame -> frame.getClassName().startsWith(Guard.class.getName()));
    }

    private String slow() {
        return kind == Database.POSTGRESQL ? "select pg_sleep(60) /* slow */" : "select sleep(60) /* slow */";
    }

    private boolean isRunning() {
        String sql = kind == Database.POSTGRESQL
                ? "select 1 from pg_stat_activity where state = 'active' and query like '% /* slow */'"
                : "select 1 from information_schema.processlist where info like '% /* slow */'";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStatementIsLeftAfterTheGrace(Threads threads) throws Exception {
        Connection connection = database.getConnection(ctx);
        Statement statement = connection.createStatement();
        Threads.Job job = threads.start(() -> assertThatThrownBy(() -> statement.execute(slow()))
                .isInstanceOf(SQLCancelledException.class)
                .hasMessage("statement stopped: context cancelled"));
        RealTime.await("runs", this::isRunning);
        server.freeze();

        long start = System.nanoTime();
        ctx.cancel();
        job.join();
        connection.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(GRACE, GRACE.plusSeconds(5));
    }

    @Test
    void anIdleTransactionIsLeftAfterTheGrace() throws Exception {
        Connection connection = database.getConnection(ctx);
        connection.setAutoCommit(false);
        connection.createStatement().execute("insert into item values (1)");
        server.freeze();

        long start = System.nanoTime();
        ctx.cancel();
        connection.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE.plusSeconds(5));
    }

    @Test
    void aCommitIsLeftAfterTheGraceWithAnUnknownOutcome() throws Exception {
        Connection connection = database.getConnection(ctx);
        connection.setAutoCommit(false);
        connection.createStatement().execute("insert into item values (1)");
        server.freeze();
        Threads.Job job = Threads.PLATFORM.start(
                () -> assertThatThrownBy(connection::commit).isInstanceOf(SQLOutcomeUnknownException.class));
        Postgres.awaitReading(job.thread());

        ctx.cancel();

        job.join();
        connection.close();
    }

    /// Which MariaDB's driver reads as it is asked for, if told so.
    @ParameterizedTest
    @EnumSource
    void aColumnIsLeftAfterTheGrace(Column column) throws Exception {
        Assumptions.assumeTrue(kind == Database.MARIADB, kind + " has the whole row");
        Connection connection = database.getConnection(ctx);
        Statement statement = connection.createStatement();
        statement.setFetchSize(Integer.MIN_VALUE);
        ResultSet rows = statement.executeQuery("select repeat('x', 16000000) /* more than sockets hold */");
        assertThat(rows.next()).isTrue();
        server.freeze();
        Threads.Job job = Threads.PLATFORM.start(() -> {
            Throwable thrown = catchThrowable(() -> column.read(rows));
            assertThat(thrown).hasMessage("statement stopped: context cancelled");
            assertThat(thrown instanceof IOException ? thrown.getCause() : thrown)
                    .isInstanceOf(SQLCancelledException.class);
        });
        Postgres.awaitReading(job.thread());

        ctx.cancel();

        job.join();
        connection.close();
    }

    enum Column {
        BYTES {
            @Override
            void read(ResultSet rows) throws SQLException {
                rows.getBytes(1);
            }
        },

        STREAM {
            @Override
            void read(ResultSet rows) throws Exception {
                try (InputStream in = rows.getBinaryStream(1)) {
                    in.readAllBytes();
                }
            }
        },

        BLOB {
            @Override
            void read(ResultSet rows) throws Exception {
                rows.getBlob(1).getBinaryStream().readAllBytes();
            }
        };

        abstract void read(ResultSet rows) throws Exception;
    }
}
