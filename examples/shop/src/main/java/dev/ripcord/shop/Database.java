package dev.ripcord.shop;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// The PostgreSQL that the shop uses: one of its own, which it starts and stops, or a given one.
final class Database implements AutoCloseable {

    private static final String PREFIX = "jdbc:postgresql:";
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final String url;
    private final @Nullable Closeable server;

    private Database(String url, @Nullable Closeable server) {
        this.url = url;
        this.server = server;
    }

    /// Starts a server with its data in a temporary directory, from binaries that are on the class path.
    ///
    /// Its own shutdown hook is off: it would stop the server under the requests that are being drained.
    static Database embedded() {
        try {
            EmbeddedPostgres server =
                    EmbeddedPostgres.builder().setRegisterShutdownHook(false).start();
            return new Database(server.getJdbcUrl("postgres", "postgres"), server);
        } catch (IOException | RuntimeException e) {
            throw new StartException(
                    "the embedded PostgreSQL does not start: %s; use a real one with --database jdbc:postgresql://…"
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /// The server at `url`, tried once.
    static Database at(String url) {
        if (!url.startsWith(PREFIX)) {
            throw new StartException("--database: '%s' is not a URL such as jdbc:postgresql://localhost/shop"
                    .formatted(withoutSecrets(url)));
        }
        Database database = new Database(url, null);
        try (var connection = DriverManager.getConnection(url, properties("ripcord-shop"))) {
            return database;
        } catch (SQLException e) {
            throw new StartException(
                    "--database: %s does not answer: %s".formatted(database, firstLine(e.getMessage())), e);
        }
    }

    /// A new pool of connections to it.
    ///
    /// @param application what `pg_stat_activity` calls them
    HikariDataSource pool(String application, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setDataSourceProperties(properties(application));
        config.setPoolName(application);
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    @Override
    public void close() {
        if (server != null) {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Where it is, without user and password.
    @Override
    public String toString() {
        return withoutSecrets(url);
    }

    private static Properties properties(String application) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", application);
        properties.setProperty("connectTimeout", String.valueOf(CONNECT.toSeconds()));
        properties.setProperty("loginTimeout", String.valueOf(CONNECT.toSeconds()));
        return properties;
    }

    private static String withoutSecrets(String url) {
        int query = url.indexOf('?');
        String address = query < 0 ? url : url.substring(0, query);
        return address.replaceFirst("//[^/]*@", "//");
    }

    private static String firstLine(@Nullable String message) {
        return String.valueOf(message).lines().findFirst().orElse("");
    }
}
