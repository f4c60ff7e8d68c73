package dev.ripcord.benchmarks;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.BenchmarkParams;

/// Row 17: a prepared `select 1` is executed, its row is read, and it is closed.
public class JdbcStatement {

    /// The driver's connection.
    @Benchmark
    public int driver(One one) throws SQLException {
        return one.select();
    }

    /// The connection of a pool.
    @Benchmark
    public int hikari(One one) throws SQLException {
        return one.select();
    }

    /// That of a `ContextDataSource` over the pool, for a context that cannot end.
    @Benchmark
    public int ripcordNone(One one) throws SQLException {
        return one.select();
    }

    /// Likewise, for a context with a deadline.
    @Benchmark
    public int ripcordDeadline(One one) throws SQLException {
        return one.select();
    }

    /// That of datasource-proxy over the pool, without a listener.
    @Benchmark
    public int listeners(One one) throws SQLException {
        return one.select();
    }

    /// That of the least proxy over the pool.
    @Benchmark
    public int reflection(One one) throws SQLException {
        return one.select();
    }

    /// The statement.
    @SuppressWarnings("NullAway.Init") // by JMH
    public static class One extends JdbcConnection {

        private PreparedStatement statement;

        /// Prepares it.
        @Setup
        public void prepare(BenchmarkParams run) throws SQLException {
            statement = open(run, false).prepareStatement("select 1");
        }

        int select() throws SQLException {
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }
}
