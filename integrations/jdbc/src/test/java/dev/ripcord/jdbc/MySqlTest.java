package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import java.io.ByteArrayInputStream;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What holds with MySQL Connector/J, besides the contract of all drivers.
class MySqlTest {

    private final CancellableContext ctx = Context.background().withCancel();

    @BeforeEach
    void thereIsATableWithOneRow() throws SQLException {
        Database.MYSQL.assumeIsHere();
        execute("drop table if exists picture");
        execute("create table picture (id int primary key, content longblob)");
        execute("insert into picture values (1, repeat('x', 100))");
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(Database.MYSQL.url());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void aBlobIsInMemoryWithItsRow() throws SQLException {
        try (HikariDataSource pool = Database.MYSQL.pool(1);
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select content from picture")) {
            assertThat(rows.next()).isTrue();

            assertThat(rows.getBlob(1).getBinaryStream()).isInstanceOf(ByteArrayInputStream.class);
            assertThat(rows.getBinaryStream(1)).isInstanceOf(ByteArrayInputStream.class);
        }
    }

    /// Its reads are statements of their own, which the driver cannot cancel.
    @Test
    void aReadOfALocatorIsLeftAfterTheGrace() throws SQLException {
        try (HikariDataSource pool = Database.pool(Database.MYSQL.url() + "&emulateLocators=true", 1);
                Connection other = DriverManager.getConnection(Database.MYSQL.url());
                Statement locking = other.createStatement()) {
            Connection connection =
                    ContextDataSource.of(pool).withGrace(Duration.ofMillis(100)).getConnection(ctx);
            ResultSet rows = connection.createStatement().executeQuery("select id, 'content' as content from picture");
            assertThat(rows.next()).isTrue();
            Blob blob = rows.getBlob(2);
            locking.execute("lock tables picture write");

            Threads.Job read = Threads.PLATFORM.start(() -> assertThatThrownBy(() -> blob.getBytes(1, 10))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("statement stopped: context cancelled"));
            RealTime.await("waits for the lock", MySqlTest::isWaiting);
            ctx.cancel();

            read.join();
            connection.close();
            locking.execute("unlock tables");
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    private static boolean isWaiting() {
        try {
            return Database.MYSQL.number("select count(*) from information_schema.processlist"
                            + " where state like 'Waiting for table%' and info like '%picture%'")
                    > 0;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
