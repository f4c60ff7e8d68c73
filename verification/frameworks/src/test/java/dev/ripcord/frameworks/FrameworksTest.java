package dev.ripcord.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.frameworks.Framework.Access;
import dev.ripcord.jdbc.ContextDataSource;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;

/// Each framework, over a [ContextDataSource] around a pool of one connection, under the current context: how the end
/// arrives, and that the pool is whole after it, with the same session.
@ParameterizedClass
@EnumSource(Framework.class)
class FrameworksTest {

    private static final String SLOW = Postgres.SLOW;
    private static final String UPDATE = "update framework_account set balance = 0";

    private final Framework framework;
    private final HikariDataSource pool = pool();
    private final JdbcTemplate admin = new JdbcTemplate(pool());
    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");
    private Access access;
    private String session;

    FrameworksTest(Framework framework) {
        this.framework = framework;
    }

    @BeforeEach
    void thereIsAnAccount() {
        admin.execute("drop table if exists framework_account");
        admin.execute("create table framework_account as select 100 as balance");
        access = framework.over(ContextDataSource.of(pool));
        session = session();
    }

    @AfterEach
    void theSameSessionIsIdleInThePool() {
        assertThat(session()).isEqualTo(session);
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        access.close();
        pool.close();
        Postgres.awaitRunning(admin, 0);
        ((HikariDataSource) admin.getDataSource()).close();
    }

    private String session() {
        return access.value("select cast(pg_backend_pid() as text)");
    }

    private String balance() {
        return access.value("select cast(balance as text) from framework_account");
    }

    private Job cancelOnceRunning() {
        return Threads.PLATFORM.start(() -> {
            Postgres.awaitRunning(admin, 1);
            ctx.cancel(why);
        });
    }

    /// What `operation` throws with `ctx` as the current context: of that type, with the context's exception among its
    /// causes.
    private ContextException thrown(Context ctx, String type, Runnable operation) {
        Throwable thrown = catchThrowable(() -> ctx.run(operation));

        assertThat(thrown).isNotNull();
        assertThat(thrown.getClass().getName()).as("%s", thrown).isEqualTo(type);
        return ContextException.find(thrown).orElseThrow(() -> new AssertionError("no end in it", thrown));
    }

    @Test
    void aQueryGivesItsValueIfTheContextGoesOn() {
        ctx.run(() -> assertThat(access.value("select 'ada'")).isEqualTo("ada"));
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineInAQueryArrivesWithTheContextsException(Threads threads) {
        threads.start(() -> {
                    try (var call = ctx.withTimeout(Duration.ofMillis(300), "product lookup")) {
                        assertThat(thrown(call, framework.stopped, () -> access.value(SLOW)))
                                .isInstanceOf(DeadlineExceededException.class)
                                .hasMessageStartingWith("deadline exceeded: product lookup 300ms, ");
                    }
                })
                .join();
    }

    @ParameterizedTest
    @EnumSource
    void aCancelInAQueryArrivesWithItsCause(Threads threads) {
        Job canceller = cancelOnceRunning();

        threads.start(() -> assertThat(thrown(ctx, framework.stopped, () -> access.value(SLOW)))
                        .isInstanceOf(CancelledException.class)
                        .hasCause(why))
                .join();
        canceller.join();
    }

    @Test
    void aTransactionWhoseQueryIsStoppedIsRolledBack() {
        Job canceller = cancelOnceRunning();

        assertThat(thrown(ctx, framework.stopped, () -> access.transaction(UPDATE, SLOW, () -> {})))
                .hasCause(why);

        canceller.join();
        assertThat(balance()).isEqualTo("100");
    }

    @Test
    void aTransactionWhoseContextEndsBeforeTheCommitIsRolledBack() {
        assertThat(thrown(
                        ctx,
                        framework.notCommitted,
                        () -> access.transaction(UPDATE, "select 'ada'", () -> ctx.cancel(why))))
                .hasCause(why);

        assertThat(balance()).isEqualTo("100");
    }

    @Test
    void aTransactionIsCommittedIfTheContextGoesOn() {
        ctx.run(() -> access.transaction(UPDATE, "select 'ada'", () -> {}));

        assertThat(balance()).isEqualTo("0");
    }

    private static HikariDataSource pool() {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(Postgres.URL);
        pool.setMaximumPoolSize(1);
        pool.setConnectionTimeout(10_000);
        return pool;
    }
}
