package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.ConnectionControl.Call;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds with every driver, each on its own database.
@ParameterizedClass
@EnumSource
class DriverContractTest {

    private final Database kind;
    private final CancellableContext ctx = Context.background().withCancel();
    private HikariDataSource pool;
    private ContextDataSource database;

    DriverContractTest(Database kind) {
        this.kind = kind;
    }

    @BeforeEach
    void thereIsATableWithTwoRows() throws SQLException {
        kind.assumeIsHere();
        pool = kind.pool(1);
        database = ContextDataSource.of(pool);
        execute("drop table if exists item");
        execute("create table item (id int primary key, n int)");
        execute("insert into item values (1, 100), (2, 100)");
    }

    @AfterEach
    void thePoolIsWholeAndItsConnectionWorks() throws SQLException {
        if (pool == null) {
            return;
        }
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        assertThat(sumOf("select 20 + 22")).isEqualTo(42);
        awaitNothingRuns();
        pool.close();
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private int sumOf(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    /// A server's list of what runs may lag behind.
    private void awaitNothingRuns() throws SQLException {
        long start = System.nanoTime();
        while (kind.running("endless") > 0) {
            assertThat(System.nanoTime() - start).as("still runs").isLessThan(10_000_000_000L);
        }
    }

    private String endless() {
        return kind.endless() + " /* endless */";
    }

    /// The driver's own connection, which tells whether the pool has replaced it.
    private Connection own() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return connection.unwrap(Connection.class);
        }
    }

    /// Cancels the context once `thread` has been in the driver for a while.
    private void cancelOnceInDriver(Thread thread) {
        Threads.PLATFORM.start(() -> {
            awaitInDriver(thread, false);
            ctx.cancel(new IllegalStateException("client gone"));
        });
    }

    private void awaitInDriver(Thread thread, boolean isStill) {
        long start = System.nanoTime();
        int seen = 0;
        StackTraceElement[] before = {};
        while (seen < 20) {
            StackTraceElement[] stack = thread.getStackTrace();
            boolean inDriver = Arrays.stream(stack)
                    .anyMatch(frame -> frame.getClassName().startsWith(kind.driver)
                            && frame.getMethodName().matches("execute.*|next|commit"));
            seen = inDriver && (!isStill || Arrays.equals(stack, before)) ? seen + 1 : 0;
            before = stack;
            RealTime.pass(Duration.ofMillis(1));
            assertThat(System.nanoTime() - start).as("waiting for %s", thread).isLessThan(10_000_000_000L);
        }
    }

    // ---------------------------------------------------------------------------------------------- statements

    @ParameterizedTest
    @EnumSource
    void aStatementIsStoppedAndItsConnectionIsReusedAsTheDriverAllows(Threads threads) throws SQLException {
        Connection before = own();

        threads.start(() -> {
                    try (Connection connection = database.getConnection(ctx);
                            Statement statement = connection.createStatement()) {
                        cancelOnceInDriver(Thread.currentThread());
                        assertThatThrownBy(() -> statement.executeQuery(endless()))
                                .isExactlyInstanceOf(SQLCancelledException.class)
                                .hasMessage("statement stopped: context cancelled: client gone")
                                .hasRootCauseMessage("client gone");
                        awaitNothingRuns();
                    }
                })
                .join();

        assertThat(own() == before).isEqualTo(!kind.isDiscarded());
    }

    @ParameterizedTest
    @EnumSource
    void aStatementThatCannotBeCutOffIsStoppedByCancelsAllTheSame(Threads threads) throws SQLException {
        Assumptions.assumeFalse(kind.hasHardStop(), kind + " is cut off");
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            ConnectionControl control = Drivers.control(connection);
            Threads.Job work = threads.start(
                    () -> assertThatThrownBy(() -> statement.execute(endless())).isInstanceOf(SQLException.class));
            awaitInDriver(work.thread(), false);

            control.cutOff();
            assertThat(connection.isClosed()).isFalse();
            control.cancel(new Call(statement, false));

            work.join();
        }
    }

    @Test
    void aPreparedStatementIsStoppedByItsDeadline() throws SQLException {
        try (CancellableContext call = ctx.withTimeout(Duration.ofMillis(300), "lookup");
                Connection connection = database.getConnection(call);
                PreparedStatement statement = connection.prepareStatement(endless())) {
            assertThatThrownBy(statement::executeQuery)
                    .isInstanceOf(SQLTimeoutException.class)
                    .hasMessageStartingWith("statement stopped: deadline exceeded: lookup 300ms, ")
                    .hasCause(call.err().orElse(null));
        }
    }

    @Test
    void withoutAGraceTheServerStopsTheStatementAllTheSame() throws SQLException {
        Assumptions.assumeTrue(kind.hasHardStop(), kind + " is not cut off");
        try (Connection connection = database.withGrace(Duration.ZERO).getConnection(ctx);
                Statement statement = connection.createStatement()) {
            cancelOnceInDriver(Thread.currentThread());

            assertThatThrownBy(() -> statement.executeQuery(endless())).isInstanceOf(SQLCancelledException.class);

            awaitNothingRuns();
        }
    }

    /// A getter that may have to fetch a value is refused as a fetch is.
    @Test
    void theValuesOfARowThatIsHereAreReadAfterTheEnd() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select n from item where id = 1")) {
            assertThat(rows.next()).isTrue();
            ctx.cancel();

            if (kind == Database.H2_SERVER) {
                assertThatThrownBy(() -> rows.getInt(1)).isInstanceOf(SQLCancelledException.class);
            } else {
                assertThat(rows.getInt(1)).isEqualTo(100);
            }
        }
    }

    @Test
    void aLoopOverRowsEndsAtTheNextRow() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select id from item order by id")) {
            assertThat(rows.next()).isTrue();
            ctx.cancel();
            Threads.PLATFORM.start(() -> {}).join();

            assertThatThrownBy(() -> {
                        while (rows.next()) {
                            rows.getInt(1);
                        }
                        statement.execute("select 1");
                    })
                    .isInstanceOf(SQLCancelledException.class);
        }
    }

    /// A cancel that falls between two rows is seen at the next one; so again until one falls into a fetch.
    @ParameterizedTest
    @EnumSource
    void aFetchOfARowIsStopped(Threads threads) throws SQLException {
        String sql = kind.slowRows();
        Assumptions.assumeTrue(sql != null, kind + " has all rows before executeQuery returns");
        Connection before = own();

        threads.start(() -> {
                    Throwable thrown;
                    do {
                        thrown = fetchUntilCancelled(sql);
                        assertThat(thrown).isInstanceOf(SQLCancelledException.class);
                    } while (String.valueOf(thrown.getMessage()).startsWith("statement not started"));
                    assertThat(thrown).hasMessage("statement stopped: context cancelled: client gone");
                })
                .join();

        assertThat(own() == before).isEqualTo(!kind.isDiscardedAfterAFetch());
    }

    private Throwable fetchUntilCancelled(String sql) throws SQLException {
        try (CancellableContext call = Context.background().withCancel();
                Connection connection = database.getConnection(call);
                Statement statement = connection.createStatement()) {
            kind.stream(connection, statement);
            ResultSet rows = statement.executeQuery(sql);
            assertThat(rows.next()).isTrue();
            Thread thread = Thread.currentThread();
            Threads.PLATFORM.start(() -> {
                awaitInDriver(thread, true);
                call.cancel(new IllegalStateException("client gone"));
            });
            return catchThrowable(() -> {
                while (rows.next()) {
                    rows.getInt(1);
                }
            });
        }
    }

    @Test
    void rowsThatNobodyWantsAreNotReadToTheirEnd() throws SQLException {
        String sql = kind.slowRows();
        Assumptions.assumeTrue(sql != null, kind + " has all rows before executeQuery returns");
        try (Connection connection = database.getConnection(ctx)) {
            Statement statement = connection.createStatement();
            kind.stream(connection, statement);
            ResultSet rows = statement.executeQuery(sql);
            assertThat(rows.next()).isTrue();
            ctx.cancel();

            long start = System.nanoTime();
            for (AutoCloseable closed : List.of(rows, statement)) {
                Throwable thrown = catchThrowable(closed::close);
                assertThat(thrown == null || thrown instanceof ContextSQLException)
                        .as("%s", thrown)
                        .isTrue();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void aStatementThatWaitsForALockIsStopped() throws SQLException {
        Assumptions.assumeTrue(kind != Database.DUCKDB, "DuckDB waits for no lock, it fails");
        try (Connection other = DriverManager.getConnection(kind.url());
                Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            other.setAutoCommit(false);
            other.createStatement().execute("update item set n = 0 where id = 1");
            cancelOnceInDriver(Thread.currentThread());

            assertThatThrownBy(() -> statement.execute("update item set n = 1 where id = 1"))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("statement stopped: context cancelled: client gone");
            other.rollback();
        }
    }

    @Test
    void aBatchThatIsStoppedTellsWhatItDid() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            statement.addBatch("insert into item values (3, 0)");
            statement.addBatch("insert into item select 4, count(*) from (" + kind.endless() + ") x");
            statement.addBatch("insert into item values (5, 0)");
            cancelOnceInDriver(Thread.currentThread());

            Throwable thrown = catchThrowable(statement::executeBatch);

            assertThat(thrown)
                    .isInstanceOf(ContextSQLException.class)
                    .hasMessage("statement stopped: context cancelled: client gone");
            boolean driverTells =
                    Arrays.stream(thrown.getSuppressed()).anyMatch(BatchUpdateException.class::isInstance);
            assertThat(thrown instanceof BatchUpdateException).isEqualTo(driverTells);
        }
        assertThat(sumOf("select count(*) from item where id = 4")).isZero();
    }

    // -------------------------------------------------------------------------------------------- transactions

    @Test
    void anIdleTransactionIsRolledBackAndItsLocksAreFree() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                Connection other = DriverManager.getConnection(kind.url())) {
            connection.setAutoCommit(false);
            statement.execute("update item set n = 0 where id = 1");

            ctx.cancel();

            awaitUpdate(other, "update item set n = n + 1 where id = 1");
        }
        assertThat(sumOf("select n from item where id = 1")).isEqualTo(101);
    }

    /// Some databases wait for a lock, and some fail at once or after their lock timeout.
    private static void awaitUpdate(Connection connection, String sql) throws SQLException {
        long start = System.nanoTime();
        for (; ; ) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
                return;
            } catch (SQLException e) {
                if (System.nanoTime() - start > 10_000_000_000L) {
                    throw e;
                }
            }
        }
    }

    @Test
    void aCommitAfterTheEndRollsBackAndSaysSo() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update item set n = 0");
            ctx.cancel(new IllegalStateException("client gone"));

            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("rolled back instead of committed: context cancelled: client gone");
        }
        assertThat(sumOf("select sum(n) from item")).isEqualTo(200);
    }

    @Test
    void aCommitAfterAStoppedStatementRollsBackAndSaysSo() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update item set n = 0");
            cancelOnceInDriver(Thread.currentThread());
            assertThatThrownBy(() -> statement.execute(endless())).isInstanceOf(SQLCancelledException.class);

            assertThatThrownBy(connection::commit).isInstanceOf(SQLCancelledException.class);
        }
        assertThat(sumOf("select sum(n) from item")).isEqualTo(200);
    }

    @Test
    void aTransactionThatIsCommittedInTimeIsKept() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update item set n = 0");
            connection.commit();
            ctx.cancel();
        }
        assertThat(sumOf("select sum(n) from item")).isZero();
    }

    private static void update(Transaction tx, String sql) throws SQLException {
        try (Statement statement = tx.connection().createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void aTaskThatReturnsIsCommitted() throws SQLException {
        Transactions.of(database).run(ctx, tx -> update(tx, "update item set n = 0"));

        assertThat(sumOf("select sum(n) from item")).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aTaskWhoseStatementIsStoppedIsRolledBack(Threads threads) throws SQLException {
        threads.start(() -> assertThatThrownBy(() -> Transactions.of(database).run(ctx, tx -> {
                            update(tx, "update item set n = 0");
                            cancelOnceInDriver(Thread.currentThread());
                            update(tx, endless());
                        }))
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("statement stopped: context cancelled: client gone"))
                .join();

        assertThat(sumOf("select sum(n) from item")).isEqualTo(200);
    }

    @Test
    void aPartOfATaskIsUndoneByItself() throws SQLException {
        Assumptions.assumeTrue(kind != Database.DUCKDB, "DuckDB has no savepoints");
        IllegalStateException own = new IllegalStateException("out of stock");

        Transactions.of(database).run(ctx, tx -> {
            update(tx, "update item set n = 0 where id = 1");
            assertThatThrownBy(() -> tx.run(part -> {
                        update(part, "update item set n = 0");
                        throw own;
                    }))
                    .isSameAs(own);
        });

        assertThat(sumOf("select sum(n) from item")).isEqualTo(100);
    }

    // -------------------------------------------------------------------------------------------------- belts

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void beltsHoldUntilTheConnectionIsClosed(boolean autoCommit) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setNetworkTimeout(Runnable::run, 900_000);
        } catch (SQLException e) {
            // DuckDB has none
        }
        int before = networkTimeout();
        ContextDataSource belted = database.withBelts(Belt.SERVER_TIMEOUT, Belt.NETWORK_TIMEOUT);

        try (CancellableContext call = ctx.withTimeout(Duration.ofMinutes(5), "belted");
                Connection connection = belted.getConnection(call);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(autoCommit);
            if (!autoCommit) {
                connection.rollback(); // which would take the setting back if it were part of the transaction
            }
            if (kind.statementLimit() != null) {
                try (ResultSet rows = statement.executeQuery(kind.statementLimit())) {
                    rows.next();
                    assertThat(rows.getInt(1)).isBetween(290, 302);
                }
            }
            if (before != 0) {
                assertThat(connection.getNetworkTimeout()).isBetween(290_000, 303_000);
            }
        }

        if (kind.statementLimit() != null) {
            assertThat(sumOf(kind.statementLimit())).isZero();
        }
        assertThat(networkTimeout()).isEqualTo(before);
    }

    private int networkTimeout() {
        try (Connection connection = pool.getConnection()) {
            return connection.getNetworkTimeout();
        } catch (SQLException e) {
            return 0;
        }
    }

    @Test
    void aServersOwnTimeoutEndsAStatementThatNobodyCancels() throws SQLException {
        Assumptions.assumeTrue(kind.statementLimit() != null, kind + " has no such timeout");
        try (Connection connection = pool.getConnection()) {
            ConnectionControl.Undo undo = Drivers.control(connection).limitStatements(Duration.ofMillis(100));

            assertThatThrownBy(() -> connection.createStatement().execute(endless()))
                    .isInstanceOf(SQLException.class);

            assertThat(undo).isNotNull();
            Objects.requireNonNull(undo, "undo").run();
        }
    }

    // ------------------------------------------------------------------------------------------------ threads

    /// A query of an embedded database does not yield its carrier: as many as there are carriers, and one more.
    @Test
    void statementsThatOccupyAllCarriersAreStopped() throws SQLException {
        int size = Math.min(Runtime.getRuntime().availableProcessors() + 1, 8);
        try (HikariDataSource large = kind.pool(size);
                CancellableContext call = ctx.withTimeout(Duration.ofMillis(300))) {
            ContextDataSource source = ContextDataSource.of(large);
            List<Threads.Job> jobs = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                jobs.add(Threads.VIRTUAL.start(() -> {
                    try (Connection connection = source.getConnection(call);
                            Statement statement = connection.createStatement()) {
                        assertThatThrownBy(() -> statement.execute(endless()))
                                .isInstanceOf(SQLDeadlineExceededException.class);
                    } catch (SQLException e) {
                        assertThat((Throwable) e).isInstanceOf(ContextSQLException.class);
                    }
                }));
            }
            jobs.forEach(Threads.Job::join);
            assertThat(large.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    /// What the interrupt does is the driver's; what it must not do is look like an end of the context, or leave a
    /// connection behind that does not work.
    @ParameterizedTest
    @EnumSource
    void anInterruptIsNotMistakenForTheEndOfTheContext(Threads threads) throws SQLException {
        Assumptions.assumeTrue(kind != Database.H2_FILE, "an interrupt closes the file of H2");
        Gate closed = new Gate();
        Threads.Job job = threads.start(() -> {
            try (Connection connection = database.getConnection(ctx);
                    Statement statement = connection.createStatement()) {
                Thread.currentThread().interrupt();
                Throwable thrown = catchThrowable(() -> statement.execute(kind.brief()));
                Thread.interrupted();
                assertThat(thrown instanceof ContextSQLException).isFalse();
            } finally {
                Thread.interrupted();
                closed.open();
            }
        });
        closed.await();
        job.join();
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatIsClosedWhileItsStatementIsStoppedGoesBackOnce(Threads threads) throws SQLException {
        Connection connection = database.getConnection(ctx);
        Statement statement = connection.createStatement();
        Threads.Job work = threads.start(
                () -> assertThatThrownBy(() -> statement.execute(endless())).isInstanceOf(SQLCancelledException.class));
        awaitInDriver(work.thread(), false);

        ctx.cancel();
        connection.close();

        work.join();
    }
}
