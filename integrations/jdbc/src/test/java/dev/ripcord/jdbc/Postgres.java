package dev.ripcord.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// The PostgreSQL of the tests: the one that `RIPCORD_TEST_POSTGRES` names by its JDBC URL, else one that is started.
final class Postgres {

    /// What tells the sessions of our pools from others on a shared server.
    private static final String NAME = "ripcord-test-" + ProcessHandle.current().pid();

    private Postgres() {}

    /// Where it is.
    static String url() {
        return Server.URL;
    }

    /// A source without a pool, whose sessions are not those under test.
    static PGSimpleDataSource plain() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(url());
        return source;
    }

    /// A pool of `size` connections.
    static HikariDataSource pool(int size) {
        return pool(url(), size);
    }

    static HikariDataSource pool(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.addDataSourceProperty("ApplicationName", NAME);
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
        return new HikariDataSource(config);
    }

    /// How many sessions of the pools run a statement that contains `mark` now.
    static int running(String mark) throws SQLException {
        return running(plain(), mark);
    }

    private static int running(DataSource server, String mark) throws SQLException {
        String sql = "select count(*) from pg_stat_activity where state = 'active' and application_name = '" + NAME
                + "' and query like '%" + mark + "%'";
        try (Connection connection = server.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    /// Waits until a session of the pools runs a statement that contains `mark`, at most 10 s.
    static void awaitRunning(String mark) throws SQLException {
        awaitRunning(plain(), mark);
    }

    /// Likewise, on another server.
    static void awaitRunning(DataSource server, String mark) throws SQLException {
        long start = System.nanoTime();
        while (running(server, mark) == 0) {
            if (System.nanoTime() - start > 10_000_000_000L) {
                throw new AssertionError("does not run after 10 s: " + mark);
            }
        }
    }

    /// Waits until `thread` reads from a socket, at most 10 s.
    static void awaitReading(Thread thread) {
        long start = System.nanoTime();
        while (Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getClassName().contains("SocketImpl")
                        && frame.getMethodName().equals("park"))) {
            if (System.nanoTime() - start > 10_000_000_000L) {
                throw new AssertionError(thread + " does not read after 10 s");
            }
        }
    }

    /// Started when first needed; its process ends with the JVM's.
    private static final class Server {

        static final String URL = urlOrStart();

        private static String urlOrStart() {
            String given = System.getenv("RIPCORD_TEST_POSTGRES");
            if (given != null) {
                return given;
            }
            try {
                return EmbeddedPostgres.start().getJdbcUrl("postgres", "postgres");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
