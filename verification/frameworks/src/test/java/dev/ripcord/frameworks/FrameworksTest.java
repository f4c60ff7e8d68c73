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
import dev.ripcord.jdbc.ContextSQLException;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;

/// Each framework, over a [ContextDataSource] around a pool of one connection, under the current context: how the end
/// arrives, and that the pool is whole after it, with the same session.
///
/// The PostgreSQL is the one that `RIPCORD_TEST_POSTGRES` names by its JDBC URL, else one that is started.
@ParameterizedClass
@EnumSource(Framework.class)
class FrameworksTest {

    private static final String SLOW = "select 'slow' from pg_sleep(30)";
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
        await("nothing runs", () -> running() == 0);
        ((HikariDataSource) admin.getDataSource()).close();
    }

    private String session() {
        return access.value("select cast(pg_backend_pid() as text)");
    }

    private String balance() {
        return access.value("select cast(balance as text) from framework_account");
    }

    private int running() {
        return admin.queryForObject(
                "select count(*) from pg_stat_activity where state = 'active' and query like ?",
                Integer.class,
                SLOW + "%");
    }

    private static void await(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > 10_000_000_000L) {
                throw new AssertionError("not so after 10 s: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private Job cancelOnceRunning() {
        return Threads.PLATFORM.start(() -> {
            await("it runs", () -> running() == 1);
            ctx.cancel(why);
        });
    }

    /// What `operation` throws with `ctx` as the current context: of that type, with the context's exception among its
    /// causes.
    private ContextException thrown(Context ctx, String type, Runnable operation) {
        Throwable thrown = catchThrowable(() -> ctx.run(operation));

        assertThat(thrown).isNotNull();
        assertThat(thrown.getClass().getName()).as("%s", thrown).isEqualTo(type);
        return ContextSQLException.find(thrown).orElseThrow(() -> new AssertionError("no end in it", thrown));
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
        pool.setJdbcUrl(Server.URL);
        pool.setMaximumPoolSize(1);
        pool.setConnectionTimeout(10_000);
        return pool;
    }

    /// Started when first needed, unless there is another; its process ends with the JVM's.
    private static final class Server {

        static final String URL = namedOrStarted();

        private static String namedOrStarted() {
            String named = System.getenv("RIPCORD_TEST_POSTGRES");
            if (named != null) {
                return named;
            }
            try {
                return EmbeddedPostgres.start().getJdbcUrl("postgres", "postgres");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
