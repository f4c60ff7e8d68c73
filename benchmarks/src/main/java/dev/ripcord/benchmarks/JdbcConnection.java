package dev.ripcord.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.ContextDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.sql.DataSource;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/// A connection to a database as one peer has it, so that a process knows no other wrapper than the one it measures.
@State(Scope.Thread)
public class JdbcConnection {

    /// Names the PostgreSQL to the processes that JMH starts.
    static final String POSTGRESQL = "ripcord.postgresql";

    /// `h2`, in memory, or `postgresql`, over loopback.
    @Param({"h2", "postgresql"})
    public String database = "h2";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /// Opens it.
    ///
    /// @param run whose method is named after the peer
    /// @param rows whether they are read: datasource-proxy wraps them only if it is told to
    final Connection open(BenchmarkParams run, boolean rows) throws SQLException {
        String name = run.getBenchmark();
        Connection connection = switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "driver" -> DriverManager.getConnection(url());
            case "hikari" -> pool().getConnection();
            case "ripcordNone" -> unwrapped(ContextDataSource.of(pool()).getConnection(Context.background()));
            case "ripcordDeadline" -> ContextDataSource.of(pool()).getConnection(hour());
            case "listeners" -> listeners(rows).getConnection();
            case "reflection" -> reflective(Connection.class, pool().getConnection());
            default -> throw new IllegalArgumentException("no peer: " + name);
        };
        open.push(connection);
        return connection;
    }

    private String url() {
        return database.equals("h2") ? "jdbc:h2:mem:bench" : System.getProperty(POSTGRESQL);
    }

    private HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(1);
        HikariDataSource pool = new HikariDataSource(config);
        open.push(pool);
        return pool;
    }

    private Context hour() {
        CancellableContext ctx = Context.background().withTimeout(Duration.ofHours(1));
        open.push(ctx);
        return ctx;
    }

    private DataSource listeners(boolean rows) {
        ProxyDataSourceBuilder builder = ProxyDataSourceBuilder.create(pool());
        return (rows ? builder.proxyResultSet() : builder).build();
    }

    private static Connection unwrapped(Connection connection) {
        if (connection instanceof ProxyConnection) {
            return connection;
        }
        throw new IllegalStateException("not HikariCP's own connection: " + connection.getClass());
    }

    /// The least that a proxy by reflection can do: it forwards, and does so for what the forwarded call makes.
    private static <T> T reflective(Class<T> type, T delegate) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        return reflective(method.invoke(delegate, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return type.cast(proxy);
    }

    private static @Nullable Object reflective(@Nullable Object result) {
        return switch (result) {
            case PreparedStatement statement -> reflective(PreparedStatement.class, statement);
            case ResultSet rows -> reflective(ResultSet.class, rows);
            case null, default -> result;
        };
    }

    /// Closes it, and what is around it.
    @TearDown
    public final void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
