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
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// The PostgreSQL of the tests: the one that `RIPCORD_TEST_POSTGRES` names by its JDBC URL, else one that is started.
final class Postgres {

    private Postgres() {}

    /// Where it is.
    static String url() {
        return Server.URL;
    }

    /// A source without a pool, whose sessions are not those under test.
    static DataSource plain() {
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
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
        return new HikariDataSource(config);
    }

    /// How many sessions run a statement that contains `mark` now.
    static int running(String mark) throws SQLException {
        String sql = "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                + " and query like '%" + mark + "%'";
        try (Connection connection = plain().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
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
