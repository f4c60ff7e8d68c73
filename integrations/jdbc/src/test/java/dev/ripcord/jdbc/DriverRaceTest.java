package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Cancels at the worst moments, with every driver: as a statement begins, as it ends, around a commit, anywhere.
///
/// More rounds: `-Dripcord.races=2000 -Dsurefire.timeout=7200`, ten times as many of the second and twenty-five times
/// of the last; then each prints a line of figures. `-Dripcord.races.on=MARIADB` is for that database only,
/// `-Dripcord.races.burn=2` for two threads that take processors away.
@ParameterizedClass
@EnumSource
@Timeout(7200)
class DriverRaceTest {

    private static final int RACES = Integer.getInteger("ripcord.races", 40);
    private static final boolean LONG = System.getProperty("ripcord.races") != null;
    private static final int FIRED = LONG ? 10 * RACES : RACES;
    private static final String ON = System.getProperty("ripcord.races.on", "");
    private static final int BURN = Integer.getInteger("ripcord.races.burn", 0);

    /// Of this process, for others may be on the same server.
    private static final String TABLE = "race_" + ProcessHandle.current().pid();

    private final Database kind;
    private final Random random = new Random(42);

    DriverRaceTest(Database kind) {
        this.kind = kind;
    }

    @BeforeEach
    void theDatabaseIsHere() {
        Assumptions.assumeTrue(kind.name().startsWith(ON), "only " + ON);
        kind.assumeIsHere();
    }

    @ParameterizedTest
    @EnumSource
    void noStatementThatIsCancelledAsItBeginsRunsToItsEnd(Threads threads) throws Exception {
        long[] nanos = new long[RACES];
        try (HikariDataSource pool = kind.pool(1);
                Burners burners = new Burners()) {
            join(threads.start(() -> {
                for (int i = 0; i < RACES; i++) {
                    long delay = 300_000L * i / RACES;
                    long start = System.nanoTime();
                    Round round = runAndCancelAfter(delay, pool, kind.endless());
                    nanos[i] = System.nanoTime() - start - delay;

                    assertThat(round.thrown)
                            .as("cancelled after %d µs", delay / 1_000)
                            .isInstanceOf(SQLCancelledException.class);
                }
            }));
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
        report(
                "lost",
                "%s, %d cancelled within 300 µs, 0 ran to the end, %s".formatted(threads, RACES, Latencies.of(nanos)));
    }

    @Test
    void noCancelHitsTheNextStatementOfItsConnection() throws Exception {
        int fired = 0;
        int rounds = 0;
        try (HikariDataSource pool = kind.pool(1);
                Burners burners = new Burners()) {
            long aim = usualNanos(pool);
            for (; fired < FIRED && rounds < (fired == 0 ? 100 : 10) * FIRED; rounds++) {
                // earlier if the statement has gone, later if it was there: to its very end, wherever that is by now
                Round round = runAndCancelAfter(random.nextLong(2 * aim + 1), pool, kind.brief());
                if (round.fired) {
                    fired++;
                    aim += aim / 16 + 1_000;
                } else {
                    aim -= aim / 16;
                }

                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement()) {
                    Throwable hit = catchThrowable(() -> statement.execute(kind.brief()));
                    assertThat(hit)
                            .as("next statement of round %d, seed 42", rounds)
                            .isNull();
                }
            }
        }
        assertThat(fired).as("rounds in which a cancel was sent").isPositive();
        report("next", "%d fired in %d rounds, 0 hits".formatted(fired, rounds));
    }

    @Test
    void whatACommitReportsIsWhatTheDatabaseHas() throws Exception {
        int committed = 0;
        int rolledBack = 0;
        int unknown = 0;
        try (HikariDataSource pool = kind.pool(1);
                Connection other = DriverManager.getConnection(kind.url());
                Burners burners = new Burners()) {
            execute(other, "drop table if exists " + TABLE);
            execute(other, "create table " + TABLE + " (id int primary key)");
            long usual = Long.MAX_VALUE;
            for (int i = 1; i <= 10; i++) {
                long start = System.nanoTime();
                assertThat(insertAndEnd(pool, -i, 60_000_000_000L)).isEqualTo(Outcome.COMMITTED);
                usual = Math.min(usual, System.nanoTime() - start);
            }
            for (int i = 0; i < RACES; i++) {
                Outcome outcome = insertAndEnd(pool, i, usual / 4 + random.nextLong(usual));
                boolean there = count(other, "select count(*) from " + TABLE + " where id = " + i) == 1;

                switch (outcome) {
                    case COMMITTED -> {
                        committed++;
                        assertThat(there)
                                .as("round %d, said to be committed", i)
                                .isTrue();
                    }
                    case NOT_COMMITTED -> {
                        rolledBack++;
                        assertThat(there)
                                .as("round %d, said not to be committed", i)
                                .isFalse();
                    }
                    case UNKNOWN -> unknown++;
                }
            }
        }
        report("commit", "%d committed, %d not, %d unknown, 0 lies".formatted(committed, rolledBack, unknown));
    }

    private enum Outcome {
        COMMITTED,
        NOT_COMMITTED,
        UNKNOWN
    }

    private static Outcome insertAndEnd(HikariDataSource pool, int id, long nanos) throws SQLException {
        boolean committed = false;
        try (CancellableContext ctx = Context.background().withTimeout(Duration.ofNanos(nanos));
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("insert into " + TABLE + " values (" + id + ")");
            connection.commit();
            committed = true;
            return Outcome.COMMITTED;
        } catch (SQLOutcomeUnknownException e) {
            return Outcome.UNKNOWN;
        } catch (SQLException e) {
            assertThat((Throwable) e).isInstanceOf(ContextSQLException.class);
            assertThat(committed).as("committed, but nobody would believe it").isFalse();
            return Outcome.NOT_COMMITTED;
        }
    }

    @Test
    void aPoolIsWholeAfterEndsAtRandom() throws Exception {
        int size = 4;
        int ends = 25 * RACES;
        AtomicInteger ended = new AtomicInteger();
        try (HikariDataSource pool = kind.pool(size)) {
            long usual = usualNanos(pool);
            ContextDataSource database = ContextDataSource.of(pool);
            Threads.Job[] jobs = new Threads.Job[2 * size];
            for (int t = 0; t < jobs.length; t++) {
                Random own = new Random(t);
                jobs[t] = (t % 2 == 0 ? Threads.PLATFORM : Threads.VIRTUAL).start(() -> {
                    while (ended.get() < ends) {
                        try (CancellableContext ctx =
                                        Context.background().withTimeout(Duration.ofNanos(own.nextLong(2 * usual)));
                                Connection connection = database.getConnection(ctx);
                                Statement statement = connection.createStatement()) {
                            connection.setAutoCommit(own.nextBoolean());
                            statement.execute(kind.brief());
                            statement.execute(kind.brief());
                        } catch (SQLException e) {
                            assertThat((Throwable) e).isInstanceOf(ContextSQLException.class);
                            ended.incrementAndGet();
                        }
                    }
                });
            }
            for (Threads.Job job : jobs) {
                join(job);
            }
            awaitWhole(pool);
            Connection[] all = new Connection[size];
            for (int i = 0; i < size; i++) {
                all[i] = pool.getConnection();
                execute(all[i], kind.brief());
                assertThat(all[i].getAutoCommit()).isTrue();
            }
            for (Connection connection : all) {
                connection.close();
            }
            assertThat(kind.running("ripcord")).isZero();
            assertThat(Thread.getAllStackTraces().values())
                    .as("threads that still stop something")
                    .noneMatch(stack -> Arrays.stream(stack)
                            .anyMatch(frame -> frame.getClassName().equals(Guard.class.getName())));
        }
        report("pool", "whole after %d ends at random on %d connections".formatted(ended.get(), size));
    }

    /// A connection that is discarded is replaced a little later.
    private static void awaitWhole(HikariDataSource pool) {
        long start = System.nanoTime();
        while (pool.getHikariPoolMXBean().getActiveConnections() > 0
                || pool.getHikariPoolMXBean().getThreadsAwaitingConnection() > 0) {
            assertThat(System.nanoTime() - start).as("not whole: %s", pool).isLessThan(10_000_000_000L);
        }
    }

    // ------------------------------------------------------------------------------------------------- rounds

    /// @param thrown by the statement, or null
    /// @param fired whether a cancel was sent
    private record Round(Throwable thrown, boolean fired) {}

    /// Runs `sql`, and cancels its context `nanos` after it has been sent.
    private static Round runAndCancelAfter(long nanos, HikariDataSource pool, String sql) throws SQLException {
        try (CancellableContext ctx = Context.background().withCancel();
                Connection connection = ContextDataSource.of(pool).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            Gate ready = new Gate();
            AtomicBoolean begun = new AtomicBoolean();
            Threads.Job canceller = Threads.PLATFORM.start(() -> {
                ready.open();
                while (!begun.get()) {
                    Thread.onSpinWait();
                }
                long start = System.nanoTime();
                while (System.nanoTime() - start < nanos) {
                    Thread.onSpinWait();
                }
                ctx.cancel();
            });
            ready.await();
            begun.set(true);
            Throwable thrown = catchThrowable(() -> statement.execute(sql));
            canceller.join();
            return new Round(thrown, ((GuardedConnection) connection).guard.isCancelSent());
        }
    }

    /// Waits for `job`, which lasts as long as the rounds do.
    private static void join(Threads.Job job) throws Exception {
        try {
            job.task().get(LONG ? 7200 : 120, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            AssertionError error = new AssertionError(job.thread() + " still runs");
            error.setStackTrace(job.thread().getStackTrace());
            throw error;
        }
    }

    private long usualNanos(HikariDataSource pool) throws SQLException {
        long best = Long.MAX_VALUE;
        try (Connection connection = pool.getConnection()) {
            for (int i = 0; i < 20; i++) {
                long start = System.nanoTime();
                execute(connection, kind.brief());
                best = Math.min(best, System.nanoTime() - start);
            }
        }
        return best;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private void report(String what, String figures) {
        if (LONG) {
            System.out.println("race %s %s, %d burning: %s".formatted(what, kind, BURN, figures));
        }
    }

    /// Threads that do nothing, as fast as they can.
    private static final class Burners implements AutoCloseable {

        private volatile boolean over;

        Burners() {
            for (int i = 0; i < BURN; i++) {
                Threads.PLATFORM.start(() -> {
                    while (!over) {
                        Thread.onSpinWait();
                    }
                });
            }
        }

        @Override
        public void close() {
            over = true;
        }
    }
}
