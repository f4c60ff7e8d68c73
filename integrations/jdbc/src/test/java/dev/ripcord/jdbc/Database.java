package dev.ripcord.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// The databases that the contract of drivers is tried on, and the SQL that each needs for it.
///
/// Every test runs with a database of its own name where that costs nothing, else in the schema `test`.
enum Database {
    POSTGRESQL("org.postgresql.") {
        @Override
        String url() {
            return Postgres.url();
        }

        @Override
        String endless() {
            return "select count(*) from generate_series(1, 1000000000) a where a < 0";
        }

        @Override
        String brief() {
            return "select count(*) from generate_series(1, 10000)";
        }

        @Override
        @Nullable
        String slowRows() {
            return "select i, case when i > 15 then pg_sleep(30) end from generate_series(1, 20) i";
        }

        @Override
        String countOfRunning(String mark) {
            return "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                    + " and query like '%" + mark + "%'";
        }
    },

    MARIADB("org.mariadb.") {
        @Override
        String url() {
            return MariaDb.URL;
        }

        @Override
        Optional<String> missing() {
            return MariaDb.MISSING;
        }

        @Override
        String endless() {
            return "select count(*) from seq_1_to_100000000 a join seq_1_to_1000000 b where a.seq + b.seq < 0";
        }

        @Override
        String brief() {
            return "select count(*) from seq_1_to_20000 where seq % 7 = 3";
        }

        @Override
        @Nullable
        String slowRows() {
            return "select seq, repeat('x', 20000), if(seq > 150, sleep(30), 0) from seq_1_to_200";
        }

        @Override
        void stream(Connection connection, Statement statement) throws SQLException {
            statement.setFetchSize(1);
        }

        @Override
        String countOfRunning(String mark) {
            return "select count(*) from information_schema.processlist where id <> connection_id()"
                    + " and info like '%" + mark + "%'";
        }
    },

    MYSQL("com.mysql.") {
        @Override
        String url() {
            return asMySql(MariaDb.URL);
        }

        @Override
        Optional<String> missing() {
            return MariaDb.MISSING;
        }

        @Override
        String endless() {
            return MARIADB.endless();
        }

        @Override
        String brief() {
            return MARIADB.brief();
        }

        @Override
        @Nullable
        String slowRows() {
            return MARIADB.slowRows();
        }

        @Override
        void stream(Connection connection, Statement statement) throws SQLException {
            statement.setFetchSize(Integer.MIN_VALUE);
        }

        @Override
        boolean isDiscardedAfterAFetch() {
            return true;
        }

        @Override
        @Nullable
        String countOfRunning(String mark) {
            return MARIADB.countOfRunning(mark);
        }
    },

    H2_MEMORY("org.h2.") {
        @Override
        String url() {
            return "jdbc:h2:mem:contract;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=500";
        }

        @Override
        String endless() {
            return "select count(*) from system_range(1, 1000000) a, system_range(1, 1000000) b where a.x = -b.x";
        }

        @Override
        String brief() {
            return "select count(*) from system_range(1, 20000) where x % 7 = 3 + 0 * rand()"; // else a cached result
        }
    },

    H2_FILE("org.h2.") {
        @Override
        String url() {
            return "jdbc:h2:file:" + Folder.PATH.resolve("h2") + ";LOCK_TIMEOUT=500";
        }

        @Override
        String endless() {
            return H2_MEMORY.endless();
        }

        @Override
        String brief() {
            return H2_MEMORY.brief();
        }
    },

    H2_SERVER("org.h2.") {
        @Override
        String url() {
            return "jdbc:h2:tcp://localhost:" + H2Server.PORT + "/mem:contract;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=500";
        }

        @Override
        String endless() {
            return H2_MEMORY.endless();
        }

        @Override
        String brief() {
            return H2_MEMORY.brief();
        }

        @Override
        boolean isDiscarded() {
            return true;
        }
    },

    SQLITE("org.sqlite.") {
        @Override
        String url() {
            return "jdbc:sqlite:" + Folder.PATH.resolve("sqlite") + "?busy_timeout=500&journal_mode=WAL";
        }

        @Override
        String endless() {
            return "with recursive c(i) as (select 1 union all select i + 1 from c limit 2000000000) select count(*) from c";
        }

        @Override
        String brief() {
            return "with recursive c(i) as (select 1 union all select i + 1 from c limit 10000) select count(*) from c";
        }

        @Override
        @Nullable
        String slowRows() {
            return "with recursive c(i) as (select 1 union all select i + 1 from c limit 2000000000)"
                    + " select i from c where i < 10 or i > 1999999999";
        }
    },

    DUCKDB("org.duckdb.") {
        @Override
        String url() {
            return "jdbc:duckdb:" + Folder.PATH.resolve("duckdb");
        }

        @Override
        String endless() {
            return "select count(*) from range(100000000) a, range(1000000) b where a.range + b.range < 0";
        }

        @Override
        String brief() {
            return "select count(*) from range(100000) where range % 7 = 3";
        }
    };

    /// How the names of the driver's classes begin.
    final String driver;

    Database(String driver) {
        this.driver = driver;
    }

    abstract String url();

    /// Runs for minutes if nobody stops it.
    abstract String endless();

    /// Runs for a few milliseconds.
    abstract String brief();

    /// Rows that come fast at first and then not for half a minute; null if the driver has all before it returns.
    @Nullable
    String slowRows() {
        return null;
    }

    /// Selects how many seconds the server lets a statement run; null if it has no such limit.
    @Nullable
    String statementLimit() {
        return switch (this) {
            case POSTGRESQL -> "select extract(epoch from current_setting('statement_timeout')::interval)::int";
            case MARIADB, MYSQL -> "select ceil(@@max_statement_time)";
            default -> null;
        };
    }

    /// Makes `statement` fetch its rows one by one.
    void stream(Connection connection, Statement statement) throws SQLException {
        connection.setAutoCommit(false);
        statement.setFetchSize(10);
    }

    /// Whether a connection is not used again after a cancel, by the driver's rule.
    boolean isDiscarded() {
        return false;
    }

    /// Likewise after a fetch that was stopped.
    boolean isDiscardedAfterAFetch() {
        return isDiscarded();
    }

    /// Whether its driver has a way to cut a call off.
    boolean hasHardStop() {
        return this == POSTGRESQL || this == MARIADB || this == MYSQL;
    }

    /// Why it is not here, or empty.
    Optional<String> missing() {
        return Optional.empty();
    }

    /// Selects how many statements with `mark` its server runs now; null if it is in this process.
    @Nullable
    String countOfRunning(String mark) {
        return null;
    }

    /// How many statements with `mark` its server runs now; none if it is in this process.
    int running(String mark) throws SQLException {
        String count = countOfRunning(mark);
        return count == null ? 0 : number(count);
    }

    /// Skips a test if it is not here, or fails if it has to be.
    void assumeIsHere() {
        assumeIsThere(this, missing());
    }

    /// Likewise, of a server that a test starts.
    static void assumeIsThere(Database kind, Optional<String> missing) {
        missing.ifPresent(reason -> {
            if ("1".equals(System.getenv("RIPCORD_REQUIRE_SERVICES"))) {
                throw new AssertionError(kind + ": " + reason);
            }
            Assumptions.abort(kind + ": " + reason);
        });
    }

    /// How MySQL's driver is told of a MariaDB.
    static String asMySql(String url) {
        return url.replace("jdbc:mariadb:", "jdbc:mysql:").replace("sslMode=disable", "sslMode=DISABLED");
    }

    /// A pool of `size` connections to it.
    HikariDataSource pool(int size) {
        return pool(url(), size);
    }

    static HikariDataSource pool(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
        return new HikariDataSource(config);
    }

    /// The number that `sql` selects, on a connection of its own.
    int number(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    /// A MariaDB that these tests have started, and may freeze.
    static MariaDbServer startedMariaDb() {
        return StartedMariaDb.SERVER;
    }

    private static final class MariaDb {

        private static final String GIVEN = System.getenv("RIPCORD_TEST_MARIADB");

        static final Optional<String> MISSING = GIVEN == null ? MariaDbServer.missing() : Optional.empty();
        static final String URL =
                MISSING.isPresent() ? "" : GIVEN == null ? startedMariaDb().url() : GIVEN;
    }

    private static final class StartedMariaDb {

        static final MariaDbServer SERVER = start();

        private static MariaDbServer start() {
            try {
                return MariaDbServer.start(Files.createTempDirectory("ripcord"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static final class H2Server {

        static final int PORT = start();

        private static int start() {
            try {
                return Server.createTcpServer("-tcpPort", "0", "-tcpDaemon", "-ifNotExists")
                        .start()
                        .getPort();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static final class Folder {

        static final Path PATH = create();

        private static Path create() {
            try {
                return Files.createTempDirectory("ripcord");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
