package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.ConnectionControl.Call;
import dev.ripcord.testkit.Threads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.core.TransactionState;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PSQLException;

/// What ends with the context on a real PostgreSQL, and what is left of it: a usable connection and no lock.
class PostgresTest {

    private final HikariDataSource pool = Postgres.pool(1);
    private final ContextDataSource database = ContextDataSource.of(pool);
    private final CancellableContext ctx = Context.background().withCancel();
    private final int session;

    PostgresTest() throws SQLException {
        session = number("select pg_backend_pid()");
    }

    @BeforeEach
    void thereIsATableWithOneRow() throws SQLException {
        execute("drop table if exists account; create table account (id int primary key, balance int)");
        execute("insert into account values (1, 100)");
    }

    @AfterEach
    void theSameSessionIsIdleInThePool() throws SQLException {
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        assertThat(number("select pg_backend_pid()")).isEqualTo(session);
        pool.close();
    }

    private int number(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// Cancels the context once a statement with `mark` runs in the server.
    private void cancelOnceRunning(String mark) {
        Threads.PLATFORM.start(() -> {
            Postgres.awaitRunning(mark);
            ctx.cancel(new IllegalStateException("client gone"));
        });
    }

    // ---------------------------------------------------------------------------------------------- statements

    @ParameterizedTest
    @EnumSource
    void aStatementStopsInTheServerWhenItsDeadlinePasses(Threads kind) {
        kind.start(() -> {
                    try (CancellableContext call = ctx.withTimeout(Duration.ofSeconds(1), "product lookup");
                            Connection connection = database.getConnection(call);
                            Statement statement = connection.createStatement()) {
                        assertThatThrownBy(() -> statement.execute("select pg_sleep(30) /* deadline */"))
                                .isInstanceOf(SQLTimeoutException.class)
                                .hasMessageStartingWith("statement stopped: deadline exceeded: product lookup 1s, ")
                                .hasCause(call.err().orElse(null));
                    }
                    assertThat(Postgres.running("deadline")).isZero();
                })
                .join();
    }

    @ParameterizedTest
    @EnumSource
    void aStatementStopsInTheServerWhenTheClientIsGone(Threads kind) {
        kind.start(() -> {
                    try (Connection connection = database.getConnection(ctx);
                            Statement statement = connection.createStatement()) {
                        cancelOnceRunning("gone");
                        assertThatThrownBy(() -> statement.execute("select pg_sleep(30) /* gone */"))
                                .isExactlyInstanceOf(SQLCancelledException.class)
                                .hasMessage("statement stopped: context cancelled: client gone")
                                .hasRootCauseMessage("client gone");
                    }
                    assertThat(Postgres.running("gone")).isZero();
                })
                .join();
    }

    @Test
    void theDriversExceptionIsSuppressedInOurs() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            cancelOnceRunning("suppressed");
            Throwable thrown = catchThrowable(() -> statement.execute("select pg_sleep(30) /* suppressed */"));

            assertThat(thrown.getSuppressed())
                    .singleElement()
                    .satisfies(own -> assertThat(own).isInstanceOf(PSQLException.class));
        }
    }

    @Test
    void aFetchFromACursorIsStopped() throws SQLException {
        try (Connection connection = database.getConnection(ctx)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(10);
                ResultSet rows = statement.executeQuery(
                        "select case when i > 15 then pg_sleep(30) end /* cursor */ from generate_series(1, 20) i");
                for (int i = 0; i < 10; i++) {
                    assertThat(rows.next()).isTrue();
                }
                cancelOnceRunning("cursor");

                assertThatThrownBy(rows::next)
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("statement stopped: context cancelled: client gone");
            }
        }
    }

    @Test
    void aStatementThatSwallowsTheFirstCancelIsStoppedByTheNext() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            cancelOnceRunning("swallows");

            assertThatThrownBy(() -> statement.execute("""
                            do $$ /* swallows */ begin
                                begin
                                    perform pg_sleep(30);
                                exception when query_canceled then
                                    null;
                                end;
                                perform pg_sleep(30);
                            end $$""")).isInstanceOf(SQLCancelledException.class);
        }
    }

    @Test
    void aStatementThatWaitsForALockIsStopped() throws SQLException {
        try (Connection other = Postgres.plain().getConnection();
                Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            other.setAutoCommit(false);
            other.createStatement().execute("update account set balance = 0");
            cancelOnceRunning("waits for a lock");

            assertThatThrownBy(() -> statement.execute("update account set balance = 1 /* waits for a lock */"))
                    .isInstanceOf(SQLCancelledException.class);
        }
    }

    @Test
    void aBatchThatIsStoppedKeepsItsCounts() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            for (int i = 2; i < 8; i++) {
                statement.addBatch(
                        "insert into account select " + i + " from pg_sleep(" + (i == 5 ? 30 : 0) + ") /* batch */");
            }
            cancelOnceRunning("batch");
            Throwable thrown = catchThrowable(statement::executeBatch);

            assertThat(thrown)
                    .isInstanceOf(SQLBatchStoppedException.class)
                    .hasMessage("statement stopped: context cancelled: client gone")
                    .hasCause(ctx.err().orElse(null));
            assertThat(((BatchUpdateException) thrown).getUpdateCounts()).hasSize(6);
        }
    }

    @Test
    void aCallIsStopped() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                var call = connection.prepareCall("{call pg_sleep(?)}")) {
            call.setDouble(1, 30);
            cancelOnceRunning("pg_sleep");

            assertThatThrownBy(call::execute).isInstanceOf(SQLCancelledException.class);
        }
    }

    @Test
    void aQueryForMetadataIsStopped() throws SQLException {
        try (Connection connection = database.getConnection(ctx)) {
            assertIsStoppedBehindALock(
                    "pg_namespace", () -> connection.getMetaData().getSchemas());
        }
    }

    /// pgjdbc reads large objects piece by piece, and asks the catalogue for types and columns that it does not know.
    @ParameterizedTest
    @EnumSource
    void whatAValueReadsLaterIsStopped(Later later) throws SQLException {
        execute("""
                drop table if exists picture; drop type if exists colour;
                create type colour as enum ('red');
                create table picture (content oid, colour colour, colours colour[], empty oid);
                insert into picture select lo_from_bytea(0, '\\x0102'), 'red', '{red}'""");
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                PreparedStatement update = connection.prepareStatement("update picture set empty = ?")) {
            connection.setAutoCommit(false); // as large objects need it
            ResultSet rows = statement.executeQuery("select content, colour, colours from picture");
            assertThat(rows.next()).isTrue();

            assertIsStoppedBehindALock(later.table, () -> later.read(rows, update));

            connection.rollback();
        }
        execute("select lo_unlink(content) from picture; drop table picture; drop type colour");
    }

    enum Later {
        LENGTH_OF_A_BLOB("pg_largeobject"),
        BYTES_OF_A_BLOB("pg_largeobject"),
        STREAM_OF_A_BLOB("pg_largeobject"),
        STREAM_INTO_A_BLOB("pg_largeobject"),
        STREAM_OF_A_CLOB("pg_largeobject"),
        ARGUMENT("pg_largeobject"),
        ROWS_OF_AN_ARRAY("pg_type"),
        OBJECT_OF_A_TYPE("pg_type"),
        COLUMN("pg_namespace");

        private final String table;

        Later(String table) {
            this.table = table;
        }

        void read(ResultSet rows, PreparedStatement update) throws Exception {
            switch (this) {
                case LENGTH_OF_A_BLOB -> rows.getBlob(1).length();
                case BYTES_OF_A_BLOB -> rows.getBlob(1).getBytes(1, 2);
                case STREAM_OF_A_BLOB -> rows.getBlob(1).getBinaryStream().read();
                case STREAM_INTO_A_BLOB -> {
                    try (OutputStream out = rows.getBlob(1).setBinaryStream(1)) {
                        out.write(7);
                        out.flush();
                    }
                }
                case STREAM_OF_A_CLOB -> rows.getClob(1).getCharacterStream().read();
                case ARGUMENT -> update.setBlob(1, new ByteArrayInputStream(new byte[9]));
                case ROWS_OF_AN_ARRAY -> rows.getArray(3).getResultSet();
                case OBJECT_OF_A_TYPE -> rows.getObject(2);
                case COLUMN -> rows.getMetaData().isNullable(1);
            }
        }
    }

    /// Waits until a session waits for the lock of `connection`, at most 10 s.
    private static void awaitWaiting(Connection connection) throws SQLException {
        long start = System.nanoTime();
        try (PreparedStatement waiting = connection.prepareStatement(
                "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))")) {
            int count = 0;
            while (count == 0) {
                assertThat(System.nanoTime() - start).as("nobody waits").isLessThan(10_000_000_000L);
                try (ResultSet rows = waiting.executeQuery()) {
                    rows.next();
                    count = rows.getInt(1);
                }
            }
        }
    }

    /// Ends the context while `call` waits for a table of the catalogue.
    private void assertIsStoppedBehindALock(String table, ThrowingCallable call) throws SQLException {
        try (Connection other = Postgres.plain().getConnection()) {
            other.setAutoCommit(false);
            other.createStatement().execute("lock table pg_catalog." + table + " in access exclusive mode");
            Threads.Job job = Threads.PLATFORM.start(() -> {
                Throwable thrown = catchThrowable(call);
                assertThat(thrown).hasMessage("statement stopped: context cancelled: client gone");
                assertThat(thrown instanceof IOException ? thrown.getCause() : thrown)
                        .isInstanceOf(SQLCancelledException.class);
            });
            awaitWaiting(other);
            ctx.cancel(new IllegalStateException("client gone"));

            job.join();
            other.rollback();
        }
    }

    @Test
    void whateverGivesRowsGivesGuardedOnes() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                Statement inserting = connection.createStatement()) {
            inserting.execute("insert into account values (2, 0)", new String[] {"id"});
            statement.execute("select balance from account");
            List<ResultSet> all = List.of(
                    statement.getResultSet(),
                    inserting.getGeneratedKeys(),
                    connection.getMetaData().getTableTypes(),
                    connection.getMetaData().getTables(null, null, "account", null));
            for (ResultSet rows : all) {
                assertThat(rows).isInstanceOf(GuardedResultSet.class);
                assertThat(rows.next()).isTrue();
            }

            ctx.cancel(new IllegalStateException("client gone"));

            for (ResultSet rows : all) {
                assertThat(untilRefused(rows))
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("statement not started: context cancelled: client gone");
            }
        }
    }

    @Test
    void whatBlocksWithoutAStatementIsRefusedAfterTheEnd() throws SQLException {
        try (Connection connection = database.getConnection(ctx)) {
            ctx.cancel();

            List<ThrowingCallable> calls = List.of(
                    () -> connection.isValid(1),
                    connection::setSavepoint,
                    connection::getTransactionIsolation,
                    connection::getSchema,
                    () -> connection.createArrayOf("int4", new Integer[] {1}),
                    () -> connection.prepareStatement("select 1"));
            assertThat(calls).allSatisfy(call -> assertThatThrownBy(call).isInstanceOf(SQLCancelledException.class));
        }
    }

    /// A row is not refused by the clock, but once the guard has been told of the end.
    private static Throwable untilRefused(ResultSet rows) {
        long start = System.nanoTime();
        Throwable thrown = null;
        while (thrown == null) {
            assertThat(System.nanoTime() - start).as("rows are never refused").isLessThan(10_000_000_000L);
            thrown = catchThrowable(rows::next);
        }
        return thrown;
    }

    @Test
    void theRowsOfACursorThatAFunctionReturnsAreGuarded() throws SQLException {
        execute("""
                create or replace function cursor_of_all() returns refcursor language plpgsql as
                $$ declare all_of_it refcursor; begin open all_of_it for select 7; return all_of_it; end $$""");
        try (Connection connection = database.getConnection(ctx)) {
            connection.setAutoCommit(false);
            try (var call = connection.prepareCall("{? = call cursor_of_all()}")) {
                call.registerOutParameter(1, Types.REF_CURSOR);
                call.execute();
                ResultSet rows = (ResultSet) call.getObject(1);

                assertThat(rows.getStatement()).isSameAs(call);
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(7);
            }
        }
    }

    // -------------------------------------------------------------------------------------------- transactions

    @Test
    void anIdleTransactionIsRolledBackAndItsLocksAreFree() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement();
                Connection other = Postgres.plain().getConnection();
                Statement waiter = other.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update account set balance = 0");
            Threads.Job job = Threads.PLATFORM.start(() -> {
                waiter.execute("set lock_timeout = '9s'");
                waiter.execute("update account set balance = balance + 1");
            });
            Postgres.awaitReading(job.thread());

            ctx.cancel();

            job.join();
        }
        assertThat(number("select balance from account")).isEqualTo(101);
    }

    @Test
    void aCommitAfterTheEndRollsBackAndSaysSo() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update account set balance = 0");
            ctx.cancel(new IllegalStateException("client gone"));

            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("rolled back instead of committed: context cancelled: client gone");
        }
        assertThat(number("select balance from account")).isEqualTo(100);
    }

    @Test
    void aCommitAfterAStoppedStatementRollsBackAndSaysSo() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update account set balance = 0");
            cancelOnceRunning("stopped before commit");
            assertThatThrownBy(() -> statement.execute("select pg_sleep(30) /* stopped before commit */"))
                    .isInstanceOf(SQLCancelledException.class);

            assertThatThrownBy(connection::commit).isInstanceOf(SQLCancelledException.class);
        }
        assertThat(number("select balance from account")).isEqualTo(100);
    }

    /// pgjdbc sends `begin` ahead of the first statement, which would run alone, and stay, if a cancel hit the `begin`.
    @Test
    void noCancelIsSentBeforeTheTransactionOfTheStatementHasBegun() throws Exception {
        PGSimpleDataSource source = Postgres.plain();
        InetSocketAddress server = new InetSocketAddress(source.getServerNames()[0], source.getPortNumbers()[0]);
        try (Relay relay = new Relay(server)) {
            source.setServerNames(new String[] {"127.0.0.1"});
            source.setPortNumbers(new int[] {relay.port()});
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                ConnectionControl control = Drivers.control(connection);
                Call call = new Call(statement, false);

                relay.hold();
                Threads.Job insert = Threads.PLATFORM.start(() -> assertThatThrownBy(
                                () -> statement.execute("insert into account select 2, 0 from pg_sleep(30)"))
                        .hasMessage("ERROR: canceling statement due to user request"));
                relay.awaitHeld();
                control.cancel(call);
                assertThat(relay.connections()).isEqualTo(1);

                relay.release();
                while (connection.unwrap(PgConnection.class).getTransactionState() == TransactionState.IDLE) {
                    Thread.onSpinWait();
                }
                control.cancel(call);
                insert.join();
                assertThat(relay.connections()).isEqualTo(2);
            }
        }
    }

    @Test
    void aCommitThatHasBegunIsNotCancelled() throws SQLException {
        execute("""
                create or replace function slowly() returns trigger language plpgsql as
                $$ begin perform pg_sleep(0.3); return null; end $$;
                create constraint trigger slowly after update on account
                deferrable initially deferred for each row execute function slowly()""");
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update account set balance = 0");
            cancelOnceRunning("COMMIT");

            connection.commit();
        }
        assertThat(ctx.done().isDone()).isTrue();
        assertThat(number("select balance from account")).isZero();
    }

    @Test
    void aTransactionThatIsRolledBackAfterTheEndLeavesTheUsualWay() throws SQLException {
        try (Connection connection = database.getConnection(ctx);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update account set balance = 0");
            ctx.cancel();

            connection.rollback();
            connection.setAutoCommit(true);
        }
        assertThat(number("select balance from account")).isEqualTo(100);
    }
}
