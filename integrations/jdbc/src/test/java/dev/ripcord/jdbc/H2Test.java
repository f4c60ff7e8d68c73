package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbc.JdbcStatement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds with H2 in this process, besides the contract of all drivers.
class H2Test {

    /// What a cancel leaves behind that comes at the very moment at which the statement gets its command.
    @ParameterizedTest
    @EnumSource
    void aStatementThatHasForgottenItsCommandIsCancelled(Threads kind) throws SQLException {
        try (HikariDataSource pool = Database.H2_MEMORY.pool(1);
                CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            SessionLocal session =
                    (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();

            Threads.Job query =
                    kind.start(() -> assertThat(catchThrowable(() -> statement.execute(Database.H2_MEMORY.endless())))
                            .isInstanceOf(SQLCancelledException.class));
            while (session.getCurrentCommand() == null) {
                Thread.onSpinWait();
            }
            forgetCommand(statement.unwrap(JdbcStatement.class));
            ctx.cancel();

            query.join();
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
