package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

/// The code that the documentation shows.
class JdbcExampleTest {

    private final JdbcDataSource pool = new JdbcDataSource();
    private final ContextDataSource database = ContextDataSource.of(pool);

    JdbcExampleTest() {
        pool.setURL("jdbc:h2:mem:example;DB_CLOSE_DELAY=-1");
    }

    // @start region="query"
    long count(Context ctx, String name) throws SQLException {
        try (var call = ctx.withTimeout(Duration.ofMillis(300), "count products");
                var connection = database.getConnection(call);
                var query = connection.prepareStatement("select count(*) from product where name like ?")) {
            query.setString(1, name);
            var rows = query.executeQuery(); // after 300 ms, or when ctx ends, the database stops it
            rows.next();
            return rows.getLong(1);
        }
    }
    // @end

    @Test
    void aQueryWithinItsTimeReturns() throws SQLException {
        theProductsAre("select 'p' || x name from system_range(1, 100)");

        assertThat(count(Context.background(), "%7")).isEqualTo(10);
    }

    @Test
    void aQueryThatTakesTooLongEndsWithItsDeadline() throws SQLException {
        theProductsAre("select 'p' || a.x name from system_range(1, 1000000) a, system_range(1, 1000000) b");

        assertThatThrownBy(() -> count(Context.background(), "%7"))
                .isInstanceOf(SQLTimeoutException.class)
                .hasMessageContaining("deadline exceeded: count products 300ms");
    }

    private void theProductsAre(String query) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create or replace view product as " + query);
        }
    }
}
