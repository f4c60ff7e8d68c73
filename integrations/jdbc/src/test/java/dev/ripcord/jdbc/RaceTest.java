package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbc.JdbcStatement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Cancels at the worst moments: as a statement begins, and as it ends.
///
/// More rounds of the second: `-Dripcord.races=20000`.
class RaceTest {

    private static final String LONG_IN_H2 =
            "select count(*) from system_range(1, 1000000) a, system_range(1, 1000) b where a.x + b.x < 0";

    private static final int RACES = Integer.getInteger("ripcord.races", 1000);

    @ParameterizedTest
    @EnumSource
    void noStatementOfPostgresThatIsCancelledAsItBeginsRunsToItsEnd(Threads kind) {
        cancelAsItBegins(kind, Postgres.url(), "select pg_sleep(5)");
    }

    @ParameterizedTest
    @EnumSource
    void noStatementOfH2ThatIsCancelledAsItBeginsRunsToItsEnd(Threads kind) {
        cancelAsItBegins(kind, "jdbc:h2:mem:race", LONG_IN_H2);
    }

    /// What a cancel leaves behind that comes at the very moment at which the statement gets its command.
    @ParameterizedTest
    @EnumSource
    void aStatementOfH2ThatHasForgottenItsCommandIsCancelled(Threads kind) throws SQLException {
        try (HikariDataSource pool = Postgres.pool("jdbc:h2:mem:forgotten", 1);
                CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            SessionLocal session =
                    (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();

            Threads.Job query = kind.start(() -> assertThat(catchThrowable(() -> statement.execute(LONG_IN_H2)))
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

    private static void cancelAsItBegins(Threads kind, String url, String sql) {
        try (HikariDataSource pool = Postgres.pool(url, 1)) {
            kind.start(() -> {
                        for (int micros = 0; micros < 300; micros += 3) {
                            Throwable thrown = runAndCancelAfter(micros * 1_000L, pool, sql);

                            assertThat(thrown)
                                    .as("cancelled after %d µs", micros)
                                    .isInstanceOf(SQLCancelledException.class);
                        }
                    })
                    .join();
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    @Test
    void noCancelHitsTheNextStatementOfItsConnection() throws SQLException {
        Random random = new Random(42);
        int stopped = 0;
        try (HikariDataSource pool = Postgres.pool(1)) {
            for (int i = 0; i < RACES; i++) {
                Throwable thrown = runAndCancelAfter(random.nextInt(3_000_000), pool, "select pg_sleep(0.001)");
                stopped += thrown == null ? 0 : 1;

                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement()) {
                    Throwable hit = catchThrowable(() -> statement.execute("select pg_sleep(0.003)"));
                    assertThat(hit).as("next statement of round %d, seed 42", i).isNull();
                }
            }
        }
        assertThat(stopped).as("rounds in which there was something to cancel").isBetween(RACES / 20, RACES);
    }

    /// What the statement throws if its context is cancelled `nanos` after it has been sent, or null.
    private static Throwable runAndCancelAfter(long nanos, HikariDataSource pool, String sql) throws SQLException {
        try (CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            Gate begun = new Gate();
            Threads.Job canceller = Threads.PLATFORM.start(() -> {
                begun.await();
                long start = System.nanoTime();
                while (System.nanoTime() - start < nanos) {
                    Thread.onSpinWait();
                }
                ctx.cancel();
            });
            begun.open();
            Throwable thrown = catchThrowable(() -> statement.execute(sql));
            canceller.join();
            return thrown;
        }
    }
}
