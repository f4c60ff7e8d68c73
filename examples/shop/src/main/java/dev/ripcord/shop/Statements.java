package dev.ripcord.shop;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.Context;
import dev.ripcord.jdbc.ContextDataSource;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The statements that the database runs at this moment, as PostgreSQL's `pg_stat_activity` tells.
///
/// It has connections of its own, so that it answers even when every other one is busy.
final class Statements {

    /// The name under which [#active] itself shows up, to be left out.
    static final String APPLICATION = "ripcord-shop-active";

    private static final String ACTIVE = """
            select pid, (extract(epoch from clock_timestamp() - query_start) * 1000)::bigint as running_millis,
                   substring(query from '^/\\* trace ([A-Za-z0-9._-]+) \\*/') as trace_id,
                   regexp_replace(query, '^/\\*.*?\\*/ |\\s+', ' ', 'g') as sql
            from pg_stat_activity
            where state = 'active' and backend_type = 'client backend' and datname = current_database()
              and application_name <> ?
            order by query_start""";

    private final ContextDataSource database;
    private final HikariDataSource watched;

    /// @param database where to ask
    /// @param watched the pool whose connections are counted
    Statements(ContextDataSource database, HikariDataSource watched) {
        this.database = database;
        this.watched = watched;
    }

    Activity active(Context ctx) throws SQLException {
        try (var connection = database.getConnection(ctx);
                var statement = connection.prepareStatement(ACTIVE)) {
            statement.setString(1, APPLICATION);
            try (var rows = statement.executeQuery()) {
                List<Running> running = new ArrayList<>();
                while (rows.next()) {
                    running.add(new Running(
                            rows.getInt("pid"),
                            rows.getLong("running_millis"),
                            rows.getString("trace_id"),
                            rows.getString("sql").strip()));
                }
                var pool = watched.getHikariPoolMXBean();
                return new Activity(running, pool.getActiveConnections(), pool.getTotalConnections());
            }
        }
    }

    /// `sql` with the trace id in a comment, by which [#active] and the database's own log know the request.
    static String traced(Context ctx, String sql) {
        String traceId = Identity.traceId(ctx);
        return traceId == null ? sql : "/* trace " + traceId + " */ " + sql;
    }

    /// What the database does, and how many of the pool's connections are in use.
    record Activity(List<Running> statements, int busyConnections, int connections) {}

    /// A running statement.
    record Running(int pid, long runningMillis, @Nullable String traceId, String sql) {}
}
