package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ibm.db2.jcc.DB2Connection;
import com.microsoft.sqlserver.jdbc.ISQLServerConnection;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Gate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import oracle.jdbc.OracleConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds with the drivers that are known by reading only, on a scripted driver of their types. No server of theirs
/// was there.
@ParameterizedClass
@EnumSource
class UntriedDriverContractTest {

    enum Untried {
        ORACLE(OracleConnection.class, AfterCancel.VALIDATE),
        SQL_SERVER(ISQLServerConnection.class, AfterCancel.VALIDATE),
        DB2(DB2Connection.class, AfterCancel.DISCARD),
        UNKNOWN(Connection.class, AfterCancel.DISCARD);

        final Class<?> type;
        final AfterCancel afterCancel;

        Untried(Class<?> type, AfterCancel afterCancel) {
            this.type = type;
            this.afterCancel = afterCancel;
        }
    }

    private final Untried kind;
    private final FakeDriver driver;
    private final CancellableContext ctx = Context.background().withCancel();
    private final Gate stopped = new Gate();

    UntriedDriverContractTest(Untried kind) {
        this.kind = kind;
        this.driver = new FakeDriver(kind.type);
    }

    private ContextDataSource source() {
        return ContextDataSource.of(driver.source()).withGrace(Duration.ofSeconds(60));
    }

    private void runUntilStopped() throws SQLException {
        ctx.cancel();
        stopped.await();
        throw new SQLException("stopped");
    }

    private Connection runStoppedStatement(ContextDataSource source) throws SQLException {
        driver.on("execute", this::runUntilStopped).on("cancel", stopped::open);
        Connection connection = source.getConnection(ctx);
        assertThatThrownBy(() -> connection.createStatement().execute("work"))
                .isInstanceOf(SQLCancelledException.class);
        return connection;
    }

    @Test
    void itsStatementIsCancelledAgainAndAgainUntilItReturns() throws SQLException {
        Gate third = new Gate(3);
        driver.on("cancel", third::open).on("execute", () -> {
            ctx.cancel();
            third.await();
            throw new SQLException("stopped");
        });
        Statement statement = source().getConnection(ctx).createStatement();

        assertThatThrownBy(() -> statement.execute("work")).isInstanceOf(SQLCancelledException.class);
        assertThat(driver.calls).contains("cancel").doesNotContain("abort");
    }

    @Test
    void itsConnectionIsAbortedAfterTheGrace() throws SQLException {
        driver.on("execute", this::runUntilStopped).on("abort", stopped::open);
        Connection connection = source().withGrace(Duration.ofMillis(50)).getConnection(ctx);

        assertThatThrownBy(() -> connection.createStatement().execute("work"))
                .isInstanceOf(SQLCancelledException.class);

        assertThat(driver.calls).containsSubsequence("cancel", "abort");
    }

    @Test
    void itsConnectionIsGivenBackUnaskedIfNoCancelWasSent() throws SQLException {
        source().getConnection(ctx).close();

        assertThat(driver.calls).containsExactly("connect", "close");
    }

    @Test
    void itsCancelledConnectionIsTreatedAsItsDriverNeeds() throws SQLException {
        runStoppedStatement(source()).close();

        switch (kind.afterCancel) {
            case REUSE -> assertThat(driver.calls).contains("close").doesNotContain("isValid", "abort");
            case VALIDATE -> assertThat(driver.calls).endsWith("isValid", "close");
            case DISCARD -> assertThat(driver.calls).contains("abort").doesNotContain("isValid", "close");
        }
    }

    @Test
    void itsCancelledConnectionIsTreatedAsTheUserSays() throws SQLException {
        runStoppedStatement(source().withAfterCancel(AfterCancel.REUSE)).close();

        assertThat(driver.calls).contains("close").doesNotContain("isValid", "abort");
    }

    @Test
    void aLateCancelMayAnswerTheFirstValidation() throws SQLException {
        Gate second = new Gate(2);
        driver.on("isValid", () -> {
            second.open();
            if (!second.isOpen()) {
                throw new SQLException("cancelled on request");
            }
        });
        runStoppedStatement(source().withAfterCancel(AfterCancel.VALIDATE)).close();

        assertThat(driver.calls).endsWith("isValid", "isValid", "close");
    }

    @Test
    void aConnectionThatIsNotValidIsDiscarded() throws SQLException {
        driver.on("isValid", () -> {
            throw new SQLException("gone");
        });
        runStoppedStatement(source().withAfterCancel(AfterCancel.VALIDATE)).close();

        assertThat(driver.calls).endsWith("isValid", "isValid", "abort");
    }
}
