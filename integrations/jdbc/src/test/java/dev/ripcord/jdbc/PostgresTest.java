package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.Context;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What ends with the context on a real PostgreSQL.
class PostgresTest {

    @Test
    void aDeadlineStopsTheStatementInTheServer() throws Exception {
        try (HikariDataSource pool = Postgres.pool(1);
                var ctx = Context.background().withTimeout(Duration.ofMillis(300));
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select pg_sleep(30) /* first */"))
                    .isInstanceOf(SQLDeadlineExceededException.class)
                    .hasMessageStartingWith("statement stopped: deadline exceeded: 300ms");
        }
    }
}
