package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The wait in each known pool, and what becomes of a connection that was cut off. On PostgreSQL, but for one.
///
/// More waits: `-Dripcord.waits=1500`.
class PoolsTest {

    private static final int WAITS = Integer.getInteger("ripcord.waits", 100);
    private static final String ENDLESS =
            "select count(*) from system_range(1, 1000000) a, system_range(1, 1000000) b where a.x = -b.x";

    static Stream<Arguments> poolsAndThreads() {
        return Stream.of(Pool.values())
                .flatMap(pool -> Stream.of(Threads.values()).map(kind -> Arguments.of(pool, kind)));
    }

    private static int session(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isKnown(Pool kind) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1)) {
            assertThat(Acquisition.of(pool.source())).isEqualTo(Acquisition.INTERRUPTED);
        }
    }

    @ParameterizedTest
    @MethodSource("poolsAndThreads")
    void theWaitEndsWithTheDeadline(Pool kind, Threads threads) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1);
                Connection busy = pool.source().getConnection()) {
            threads.start(() -> {
                        try (CancellableContext ctx = Context.background().withTimeout(Duration.ofMillis(50), "soon")) {
                            assertThatThrownBy(() ->
                                            ContextDataSource.of(pool.source()).getConnection(ctx))
                                    .isInstanceOf(SQLDeadlineExceededException.class)
                                    .hasMessageStartingWith("no connection taken: deadline exceeded: soon 50ms");
                        }
                        assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    })
                    .join();

            session(busy);
            busy.close();
            pool.awaitWhole();
        }
    }

    @ParameterizedTest
    @MethodSource("poolsAndThreads")
    void theWaitEndsWithACancel(Pool kind, Threads threads) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1);
                Connection busy = pool.source().getConnection();
                CancellableContext ctx = Context.background().withCancel()) {
            Threads.Job wait = threads.start(() -> {
                assertThatThrownBy(() -> ContextDataSource.of(pool.source()).getConnection(ctx))
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("no connection taken: context cancelled");
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
            });
            wait.awaitParked();
            ctx.cancel();
            wait.join();

            session(busy);
            busy.close();
            pool.awaitWhole();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatComesWithTheEndIsGivenBack(Pool kind) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1);
                CancellableContext ctx = Context.background().withCancel()) {
            assertThatThrownBy(() -> Acquisition.INTERRUPTED.acquire(ctx, () -> {
                        Connection late = pool.source().getConnection();
                        ctx.cancel();
                        return late;
                    }))
                    .isInstanceOf(SQLCancelledException.class);

            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            pool.awaitWhole();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStormOfWaitsLeavesNoInterruptAndLosesNoConnection(Pool kind) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 2)) {
            ContextDataSource database = ContextDataSource.of(pool.source());
            List<Threads.Job> jobs = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                int seed = t;
                Threads threads = t % 2 == 0 ? Threads.PLATFORM : Threads.VIRTUAL;
                jobs.add(threads.start(() -> {
                    Random random = new Random(seed);
                    for (int i = 0; i < WAITS; i++) {
                        Duration budget = Duration.ofNanos(random.nextInt(1_000_000));
                        try (CancellableContext ctx = Context.background().withTimeout(budget);
                                Connection connection = database.getConnection(ctx)) {
                            assertThat(connection).isNotNull();
                        } catch (SQLException e) {
                            assertThat((Throwable) e).as("seed %d", seed).isInstanceOf(ContextSQLException.class);
                        }
                        assertThat(Thread.currentThread().isInterrupted())
                                .as("interrupted, seed %d", seed)
                                .isFalse();
                    }
                }));
            }
            jobs.forEach(Threads.Job::join);

            pool.awaitWhole();
            try (Connection one = pool.source().getConnection();
                    Connection other = pool.source().getConnection()) {
                assertThat(session(one)).isNotEqualTo(session(other));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatWasCutOffIsReplaced(Pool kind) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1)) {
            int lost = cutOff(pool);

            pool.awaitWhole();
            try (Connection next = pool.source().getConnection()) {
                assertThat(session(next)).isNotEqualTo(lost);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatWasCancelledIsKept(Pool kind) throws SQLException {
        try (Pool.Opened pool = kind.open(Postgres.url(), 1)) {
            int kept = cancel(pool);

            pool.awaitWhole();
            try (Connection next = pool.source().getConnection()) {
                assertThat(session(next)).isEqualTo(kept);
            }
        }
    }

    /// It is told by the abort, so it needs no exception sorter for this.
    @Test
    void aConnectionThatWasCutOffIsReplacedByAgroalWithoutASorterToo() throws SQLException {
        try (Pool.Opened pool = Pool.agroal(Postgres.url(), 1, null)) {
            int lost = cutOff(pool);

            pool.awaitWhole();
            try (Connection next = pool.source().getConnection()) {
                assertThat(session(next)).isNotEqualTo(lost);
            }
        }
    }

    /// A cancel of H2 is a `SQLTimeoutException`, for which it drops the connection.
    @Test
    void hikari5DropsAConnectionForATimeoutUnlessItIsToldOtherwise() throws Exception {
        Object plain = Pool.olderHikari("5.");
        Object told = Pool.olderHikari("5.");
        Pool.set(told, "setExceptionOverrideClassName", String.class, Pool.KeepAll.class.getName());

        try (Pool.Opened pool = Pool.hikari(plain, "jdbc:h2:mem:drops", 1)) {
            assertThat(keepsAfterACancel(pool)).isFalse();
        }
        try (Pool.Opened pool = Pool.hikari(told, "jdbc:h2:mem:keeps", 1)) {
            assertThat(keepsAfterACancel(pool)).isTrue();
        }
        try (Pool.Opened pool = Pool.HIKARI_6.open("jdbc:h2:mem:keeps", 1)) {
            assertThat(keepsAfterACancel(pool)).isTrue();
        }
    }

    private static boolean keepsAfterACancel(Pool.Opened pool) throws SQLException {
        JdbcConnection first;
        try (CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool.source()).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            first = connection.unwrap(JdbcConnection.class);
            SessionLocal session = (SessionLocal) first.getSession();
            Threads.Job canceller = Threads.PLATFORM.start(() -> {
                while (session.getCurrentCommand() == null) {
                    Thread.onSpinWait();
                }
                ctx.cancel();
            });
            assertThatThrownBy(() -> statement.execute(ENDLESS)).isInstanceOf(SQLCancelledException.class);
            canceller.join();
        }
        try (Connection next = pool.source().getConnection()) {
            return next.unwrap(JdbcConnection.class) == first;
        }
    }

    /// Cuts the only connection off in the middle of a statement that takes no notice of cancels, and gives it back.
    ///
    /// @return its session
    private static int cutOff(Pool.Opened pool) throws SQLException {
        int session = end(pool, Duration.ofMillis(100), """
                do $$ begin
                    for i in 1..100 loop
                        begin
                            perform pg_sleep(1);
                        exception when query_canceled then
                            null;
                        end;
                    end loop;
                end $$""");
        try (Connection connection = Postgres.plain().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(" + session + ")"); // it does not know that nobody is left
        }
        return session;
    }

    /// Cancels a statement of the only connection, and gives it back.
    ///
    /// @return its session
    private static int cancel(Pool.Opened pool) throws SQLException {
        return end(pool, Duration.ofSeconds(10), "select pg_sleep(30)");
    }

    private static int end(Pool.Opened pool, Duration grace, String sql) throws SQLException {
        ContextDataSource database = ContextDataSource.of(pool.source()).withGrace(grace);
        try (CancellableContext ctx = Context.background().withCancel();
                Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            int session = session(connection);
            Threads.Job canceller = Threads.PLATFORM.start(() -> {
                awaitSleeping(session);
                ctx.cancel();
            });
            assertThatThrownBy(() -> statement.execute(sql)).isInstanceOf(SQLCancelledException.class);
            canceller.join();
            return session;
        }
    }

    private static void awaitSleeping(int session) throws SQLException {
        String sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and pid = " + session;
        long start = System.nanoTime();
        try (Connection connection = Postgres.plain().getConnection();
                Statement statement = connection.createStatement()) {
            int sleeping;
            do {
                assertThat(System.nanoTime() - start).as("waiting for pg_sleep").isLessThan(10_000_000_000L);
                try (ResultSet rows = statement.executeQuery(sql)) {
                    rows.next();
                    sleeping = rows.getInt(1);
                }
            } while (sleeping == 0);
        }
    }
}
