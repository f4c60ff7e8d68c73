package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.h2.jdbc.JdbcStatement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds with H2, besides the contract of all drivers.
class H2Test {

    /// What a cancel leaves behind that comes at the very moment at which the statement gets its command.
    @ParameterizedTest
    @EnumSource(names = "H2_.*", mode = EnumSource.Mode.MATCH_ALL)
    void aStatementThatHasForgottenItsCommandIsCancelled(Database kind) throws Exception {
        try (HikariDataSource pool = kind.pool(2);
                CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                PreparedStatement statement = connection.prepareStatement(kind.endless())) {
            for (int i = 0; i < 20; i++) { // newer than the command, on a server
                try (Statement other = connection.createStatement()) {
                    other.execute("values (1)");
                }
            }

            Threads.Job query = Threads.PLATFORM.start(
                    () -> assertThat(catchThrowable(statement::execute)).isInstanceOf(SQLCancelledException.class));
            awaitExecuting(pool);
            forgetCommand(statement.unwrap(JdbcStatement.class));
            ctx.cancel();

            query.join();
        }
    }

    private static void awaitExecuting(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            boolean executing = false;
            while (!executing) {
                try (ResultSet rows = statement.executeQuery("select count(*) from information_schema.sessions"
                        + " where session_id <> session_id() and executing_statement is not null")) {
                    rows.next();
                    executing = rows.getInt(1) > 0;
                }
            }
        }
    }

    private static void forgetCommand(JdbcStatement statement) {
        try {
            Field command = JdbcStatement.class.getDeclaredField("executingCommand");
            command.setAccessible(true);
            command.set(statement, null);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("H2 has changed", e);
        }
    }
}
