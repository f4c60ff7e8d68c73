package dev.ripcord.benchmarks;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.BenchmarkParams;

/// Row 18: `next` and `getInt` for each of the rows of a result, which the client has already.
@OperationsPerInvocation(JdbcRow.ROWS)
public class JdbcRow {

    static final int ROWS = 10_000;

    /// The driver's rows.
    @Benchmark
    public int driver(All all) throws SQLException {
        return all.sum();
    }

    /// The rows of a pool.
    @Benchmark
    public int hikari(All all) throws SQLException {
        return all.sum();
    }

    /// Those of a `ContextDataSource` over the pool, for a context that cannot end.
    @Benchmark
    public int ripcordNone(All all) throws SQLException {
        return all.sum();
    }

    /// Likewise, for a context with a deadline.
    @Benchmark
    public int ripcordDeadline(All all) throws SQLException {
        return all.sum();
    }

    /// Those of datasource-proxy over the pool, if told to wrap them.
    @Benchmark
    public int listeners(All all) throws SQLException {
        return all.sum();
    }

    /// Those of the least proxy over the pool.
    @Benchmark
    public int reflection(All all) throws SQLException {
        return all.sum();
    }

    /// The rows, which can be read again and again.
    @SuppressWarnings("NullAway.Init") // by JMH
    public static class All extends JdbcConnection {

        private ResultSet rows;

        /// Executes the query.
        @Setup
        public void execute(BenchmarkParams run) throws SQLException {
            String from = database.equals("h2") ? "system_range(1, %d) as r(i)" : "generate_series(1, %d) as r(i)";
            rows = open(run, true)
                    .prepareStatement(
                            "select cast(i as int) from " + from.formatted(ROWS),
                            ResultSet.TYPE_SCROLL_INSENSITIVE,
                            ResultSet.CONCUR_READ_ONLY)
                    .executeQuery();
        }

        int sum() throws SQLException {
            int sum = 0;
            while (rows.next()) {
                sum += rows.getInt(1);
            }
            rows.beforeFirst();
            return sum;
        }
    }
}
