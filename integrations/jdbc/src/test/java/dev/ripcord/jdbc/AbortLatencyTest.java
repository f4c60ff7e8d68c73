package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How long an endless statement outlives its deadline, with every driver: until it throws, and until its server is
/// idle.
///
/// `-Dripcord.aborts=200` measures as many of each and prints a row of a table: p50, p95 and the longest, in
/// milliseconds, after as many that only warm up.
@ParameterizedClass
@EnumSource
@Timeout(7200)
class AbortLatencyTest {

    private static final int ABORTS = Integer.getInteger("ripcord.aborts", 3);
    private static final boolean PRINTS = System.getProperty("ripcord.aborts") != null;

    /// Long enough for a statement to be under way.
    private static final Duration BUDGET = Duration.ofMillis(50);

    /// Of this process, for others may be on the same server.
    private static final String MARK = "abort_" + ProcessHandle.current().pid();

    private final Database kind;

    AbortLatencyTest(Database kind) {
        this.kind = kind;
    }

    @BeforeEach
    void theDatabaseIsHere() {
        kind.assumeIsHere();
    }

    @Test
    void aStatementThrowsAfterItsDeadlineAndLeavesItsServerIdle() throws Exception {
        String count = kind.countOfRunning(MARK);
        try (HikariDataSource pool = kind.pool(1);
                Connection other = DriverManager.getConnection(kind.url());
                PreparedStatement running = count == null ? null : other.prepareStatement(count)) {
            if (PRINTS) {
                latencies(pool, null);
            }
            Latencies thrown = latencies(pool, null);
            String idle = running == null ? "as thrown | |" : cells(latencies(pool, running));

            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
            if (PRINTS) {
                System.out.printf("| %s | %s | %s |%n", kind, cells(thrown), idle);
            }
        }
    }

    private static String cells(Latencies latencies) {
        return String.format(Locale.ROOT, "%.1f | %.1f | %.1f", latencies.p50(), latencies.p95(), latencies.max());
    }

    private Latencies latencies(HikariDataSource pool, @Nullable PreparedStatement running) throws Exception {
        long[] nanos = new long[ABORTS];
        for (int i = 0; i < ABORTS; ) {
            long late = abort(pool, running);
            if (late > 0) {
                nanos[i++] = late;
            }
        }
        return Latencies.of(nanos);
    }

    /// Has a deadline end the endless statement.
    ///
    /// @param running asks its server whether it still runs, from the deadline on; null to ask nobody
    /// @return nanoseconds from the deadline until it has thrown, or until it does not run; 0 if it had not been sent
    private long abort(HikariDataSource pool, @Nullable PreparedStatement running) throws Exception {
        pool.getConnection().close(); // so that none has to be opened within the budget
        try (CancellableContext ctx = Context.background().withTimeout(BUDGET);
                GuardedConnection connection = ContextDataSource.of(pool).guarded(ctx);
                Statement statement = connection.createStatement()) {
            AtomicLong late = new AtomicLong();
            Threads.Job observer = Threads.PLATFORM.start(() -> {
                if (running != null) {
                    ctx.done().await();
                    awaitIdle(running);
                    late.set(nanosSince(ctx));
                }
            });

            Throwable thrown = catchThrowable(() -> statement.execute(kind.endless() + " /* " + MARK + " */"));

            if (running == null) {
                late.set(nanosSince(ctx));
            }
            observer.join();
            assertThat(thrown).isInstanceOf(SQLDeadlineExceededException.class);
            return connection.guard.isCancelSent() ? late.get() : 0;
        } catch (SQLDeadlineExceededException e) {
            return 0;
        }
    }

    /// Asks until the answer is none, at most 10 s.
    private static void awaitIdle(PreparedStatement running) throws SQLException {
        long start = System.nanoTime();
        while (isRunning(running)) {
            assertThat(System.nanoTime() - start).as("still runs").isLessThan(10_000_000_000L);
        }
    }

    private static boolean isRunning(PreparedStatement running) throws SQLException {
        try (ResultSet count = running.executeQuery()) {
            count.next();
            return count.getInt(1) > 0;
        }
    }

    private static long nanosSince(Context ctx) {
        return -ctx.deadline().orElseThrow().remaining().toNanos();
    }
}
