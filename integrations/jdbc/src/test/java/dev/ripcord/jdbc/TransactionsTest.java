package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.h2.jdbc.JdbcSQLException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What [Transactions] does at each of its ends, with a driver that does what the test wants.
class TransactionsTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    private final FakeDriver driver = new FakeDriver();
    private final ContextDataSource database = ContextDataSource.of(driver.source());
    private final Transactions transactions = Transactions.of(database);
    private final CancellableContext ctx = Context.background().withCancel();

    private static void execute(Transaction tx) throws SQLException {
        try (Statement statement = tx.connection().createStatement()) {
            statement.execute("work");
        }
    }

    @Nested
    class ATask {

        @Test
        void thatReturnsIsCommitted() throws SQLException {
            transactions.run(ctx, TransactionsTest::execute);

            assertThat(driver.calls)
                    .containsExactly(
                            "connect", "setAutoCommit false", "execute", "commit", "setAutoCommit true", "close");
        }

        @Test
        void hasAResult() throws SQLException {
            int result = transactions.call(ctx, tx -> 7);

            assertThat(result).isEqualTo(7);
        }

        @Test
        void thatThrowsIsRolledBack() {
            IOException own = new IOException("disk full");

            assertThatThrownBy(() -> transactions.run(ctx, tx -> {
                        execute(tx);
                        throw own;
                    }))
                    .isSameAs(own);
            assertThat(driver.calls)
                    .containsExactly(
                            "connect", "setAutoCommit false", "execute", "rollback", "setAutoCommit true", "close");
        }

        @Test
        void thatAsksForItIsRolledBackAndItsResultReturned() throws SQLException {
            String result = transactions.call(ctx, tx -> {
                tx.rollbackOnly();
                return "dry run";
            });

            assertThat(result).isEqualTo("dry run");
            assertThat(driver.calls).contains("rollback").doesNotContain("commit");
        }

        @Test
        void whoseRollbackFailsThrowsItsOwnExceptionAndDiscardsTheConnection() {
            IOException own = new IOException("disk full");
            SQLException ofTheRollback = new SQLException("socket closed", "08006");
            driver.on("rollback", () -> {
                throw ofTheRollback;
            });

            assertThatThrownBy(() -> transactions.run(ctx, tx -> {
                        throw own;
                    }))
                    .isSameAs(own)
                    .hasSuppressedException(ofTheRollback);
            assertThat(driver.calls).contains("abort").doesNotContain("setAutoCommit true");
        }

        @Test
        void mayRunUnderAContextThatNeverEnds() throws SQLException {
            transactions.run(Context.background(), TransactionsTest::execute);

            assertThat(driver.calls).containsSubsequence("execute", "commit", "close");
        }

        @Test
        void isNotBegunIfTheContextHasEnded() {
            ctx.cancel();

            assertThatThrownBy(() -> transactions.run(ctx, TransactionsTest::execute))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("no connection taken: context cancelled");
            assertThat(driver.calls).isEmpty();
        }
    }

    @Nested
    class TheEndOfTheContext {

        @ParameterizedTest
        @EnumSource
        void rollsBackATaskThatDoesSomethingElse(Threads kind) {
            kind.start(() -> assertThatThrownBy(() -> transactions.run(ctx, tx -> {
                                ctx.cancel(new IllegalStateException("client gone"));
                                driver.awaitCall("rollback");
                                assertThatThrownBy(() -> execute(tx))
                                        .hasMessage("statement not started: context cancelled: client gone");
                            }))
                            .isInstanceOf(SQLCancelledException.class)
                            .hasMessage("rolled back instead of committed: context cancelled: client gone"))
                    .join();

            assertThat(driver.calls).contains("rollback").doesNotContain("commit", "execute");
            assertThat(driver.calls).endsWith("setAutoCommit true", "close");
        }

        @Test
        void byADeadlineIsATimeout() {
            CancellableContext soon = ctx.withTimeout(SHORT, "transfer");

            assertThatThrownBy(() -> transactions.run(soon, tx -> driver.awaitCall("rollback")))
                    .isInstanceOf(SQLDeadlineExceededException.class)
                    .hasMessageStartingWith("rolled back instead of committed: deadline exceeded: transfer 50ms, ");
        }

        @Test
        void duringTheCommitLeavesItToSucceed() throws SQLException {
            driver.on("commit", ctx::cancel);

            transactions.run(ctx, TransactionsTest::execute);

            assertThat(driver.calls).contains("commit").doesNotContain("cancel", "abort");
        }

        @Test
        void duringACommitThatHangsMakesItsOutcomeUnknown() {
            Gate aborted = new Gate();
            driver.on("abort", aborted::open).on("commit", () -> {
                ctx.cancel();
                aborted.await();
                throw new SQLException("socket closed", "08006");
            });

            assertThatThrownBy(() -> Transactions.of(database.withGrace(SHORT)).run(ctx, TransactionsTest::execute))
                    .isInstanceOf(SQLOutcomeUnknownException.class)
                    .hasMessage("outcome of commit unknown: context cancelled");
            assertThat(driver.calls).doesNotContain("rollback");
        }

        @Test
        void leavesTheRollbackOnlyTheGrace() {
            Gate aborted = new Gate();
            SQLException socketClosed = new SQLException("socket closed", "08006");
            driver.on("abort", aborted::open).on("rollback", () -> {
                aborted.await();
                throw socketClosed;
            });

            assertThatThrownBy(() -> Transactions.of(database.withGrace(SHORT)).run(ctx, tx -> ctx.cancel()))
                    .isInstanceOf(SQLCancelledException.class);
            assertThat(driver.calls).contains("rollback", "abort");
        }
    }

    @Nested
    class Options {

        @Test
        void areSetBeforeTheTransactionAndRestoredAfterIt() throws SQLException {
            transactions.withIsolation(Isolation.SERIALIZABLE).withReadOnly().run(ctx, TransactionsTest::execute);

            assertThat(driver.calls)
                    .containsExactly(
                            "connect",
                            "setTransactionIsolation 8",
                            "setReadOnly true",
                            "setAutoCommit false",
                            "execute",
                            "commit",
                            "setAutoCommit true",
                            "setReadOnly false",
                            "setTransactionIsolation 0",
                            "close");
        }

        @Test
        void areRestoredAfterTheEndToo() {
            assertThatThrownBy(() -> transactions.withReadOnly().run(ctx, tx -> ctx.cancel()))
                    .isInstanceOf(SQLCancelledException.class);

            assertThat(driver.calls).endsWith("setAutoCommit true", "setReadOnly false", "close");
        }

        @Test
        void thatCannotBeRestoredDiscardTheConnectionNotTheResult() throws SQLException {
            driver.on("setReadOnly false", () -> {
                throw new SQLException("not now", "25001");
            });

            int result = transactions.withReadOnly().call(ctx, tx -> 7);

            assertThat(result).isEqualTo(7);
            assertThat(driver.calls).contains("commit", "abort");
        }

        @Test
        void thatTheDriverRefusesFailTheTransactionBeforeItsTask() {
            SQLException own = new SQLFeatureNotSupportedException("no such level");
            driver.on("setTransactionIsolation 8", () -> {
                throw own;
            });

            assertThatThrownBy(() ->
                            transactions.withIsolation(Isolation.SERIALIZABLE).run(ctx, TransactionsTest::execute))
                    .isSameAs(own);
            assertThat(driver.calls).doesNotContain("execute");
        }

        @Test
        void areSeenInTheText() {
            assertThat(transactions
                            .withIsolation(Isolation.SERIALIZABLE)
                            .withReadOnly()
                            .withAttempts(3)
                            .toString())
                    .isEqualTo("Transactions(" + database + ", SERIALIZABLE, read-only, 3 attempts)");
            assertThat(Transactions.of(driver.source()).toString())
                    .isEqualTo("Transactions(ContextDataSource(FakeDriver, grace PT1S))");
        }

        @Test
        void thatMakeNoSenseAreRefused() {
            assertThatThrownBy(() -> transactions.withAttempts(0)).hasMessage("attempts < 1: 0");
        }
    }

    @Nested
    class AConflict {

        private final List<SQLException> failures = new ArrayList<>();

        private void conflict(Transaction tx) throws SQLException {
            SQLException failure = new SQLException("conflict " + failures.size(), "40001");
            failures.add(failure);
            throw failure;
        }

        @Test
        void isThrownUnlessAttemptsAreAllowed() {
            assertThatThrownBy(() -> transactions.run(ctx, this::conflict)).hasMessage("conflict 0");
        }

        @Test
        void beginsTheTransactionAnewOnAConnectionOfItsOwn() throws SQLException {
            transactions.withAttempts(3).run(ctx, tx -> {
                if (failures.size() < 2) {
                    conflict(tx);
                }
            });

            assertThat(driver.count("connect")).isEqualTo(3);
            assertThat(driver.count("rollback")).isEqualTo(2);
            assertThat(driver.count("commit")).isEqualTo(1);
            assertThat(driver.count("close")).isEqualTo(3);
        }

        @Test
        void ofTheLastAttemptIsThrownWithTheEarlierOnesSuppressed() {
            Throwable thrown = catchThrowable(() -> transactions.withAttempts(3).run(ctx, this::conflict));

            assertThat(failures).hasSize(3);
            assertThat(thrown).isSameAs(failures.get(2));
            assertThat(thrown.getSuppressed()).containsExactly(failures.get(0), failures.get(1));
        }

        @Test
        void ofTheCommitCountsToo() throws SQLException {
            List<String> tries = new ArrayList<>();
            driver.on("commit", () -> {
                if (tries.size() < 2) {
                    throw new SQLException("could not serialize access", "40001");
                }
            });

            transactions.withAttempts(2).run(ctx, tx -> tries.add("once more"));

            assertThat(tries).hasSize(2);
        }

        @Test
        void isFoundInWhatAFrameworkMadeOfIt() throws SQLException {
            List<String> tries = new ArrayList<>();

            transactions.withAttempts(2).run(ctx, tx -> {
                tries.add("once more");
                if (tries.size() == 1) {
                    BatchUpdateException batch = FakeDriver.batchFailure(1);
                    batch.setNextException(new SQLException("deadlock detected", "40P01"));
                    throw new IllegalStateException("framework", batch);
                }
            });

            assertThat(tries).hasSize(2);
        }

        @Test
        void isWhatVendorsReportByCodesOfTheirOwn() {
            assertThat(Conflicts.isOne(new JdbcSQLException("changed", "sql", "90131", 90131, null, null)))
                    .isTrue();
            assertThat(Conflicts.isOne(new SQLException("TransactionContext Error: Conflict on update!")))
                    .isTrue();
            assertThat(Conflicts.isOne(new SQLException("busy", "90131", 90131)))
                    .isFalse();
            assertThat(Conflicts.isOne(new SQLException("unique violation", "23505")))
                    .isFalse();
            assertThat(Conflicts.isOne(new IOException("other"))).isFalse();
        }

        @Test
        void isNotRepeatedBeyondTheDeadline() {
            CancellableContext soon = ctx.withTimeout(Duration.ofMillis(200));

            Throwable thrown = catchThrowable(
                    () -> transactions.withAttempts(Integer.MAX_VALUE).run(soon, this::conflict));

            assertThat(thrown)
                    .satisfiesAnyOf(
                            e -> assertThat(e).isSameAs(failures.get(failures.size() - 1)),
                            e -> assertThat(e).isInstanceOf(SQLDeadlineExceededException.class));
            assertThat(thrown.getSuppressed()).hasSizeGreaterThanOrEqualTo(failures.size() - 1);
        }

        @Test
        void isNotRepeatedAfterACancel() {
            Throwable thrown = catchThrowable(() -> transactions.withAttempts(3).run(ctx, tx -> {
                ctx.cancel();
                conflict(tx);
            }));

            assertThat(thrown)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("no connection taken: context cancelled");
            assertThat(thrown.getSuppressed()).containsExactly(failures.get(0));
            assertThat(failures).hasSize(1);
        }

        @ParameterizedTest
        @EnumSource
        void isNotRepeatedAfterAnInterrupt(Threads kind) {
            kind.start(() -> {
                        assertThatThrownBy(() -> transactions.withAttempts(3).run(ctx, tx -> {
                                    Thread.currentThread().interrupt();
                                    conflict(tx);
                                }))
                                .hasMessage("conflict 0");
                        assertThat(Thread.interrupted()).isTrue();
                    })
                    .join();
        }
    }

    @Nested
    class APart {

        @Test
        void beginsWithASavepointAndReleasesIt() throws SQLException {
            transactions.run(ctx, tx -> tx.run(TransactionsTest::execute));

            assertThat(driver.calls).containsSubsequence("setSavepoint", "execute", "releaseSavepoint", "commit");
        }

        @Test
        void thatThrowsIsUndoneAndTheRestCommitted() throws SQLException {
            IOException own = new IOException("out of stock");

            transactions.run(
                    ctx,
                    tx -> assertThatThrownBy(() -> tx.run(part -> {
                                throw own;
                            }))
                            .isSameAs(own));

            assertThat(driver.calls)
                    .containsSubsequence("setSavepoint", "rollback to savepoint", "releaseSavepoint", "commit");
        }

        @Test
        void thatAsksForItIsUndoneAndTheRestCommitted() throws SQLException {
            int result = transactions.call(
                    ctx,
                    tx -> tx.call(part -> {
                        part.rollbackOnly();
                        return 7;
                    }));

            assertThat(result).isEqualTo(7);
            assertThat(driver.calls)
                    .containsSubsequence("setSavepoint", "rollback to savepoint", "commit")
                    .doesNotContain("rollback");
        }

        @Test
        void thatCannotBeUndoneRollsBackTheWhole() {
            SQLException lost = new SQLException("savepoint does not exist", "3B001");
            driver.on("rollback to savepoint", () -> {
                throw lost;
            });

            assertThatThrownBy(() -> transactions.run(ctx, tx -> {
                        assertThatThrownBy(() -> tx.run(part -> part.run(inner -> {
                                    throw new IOException("out of stock");
                                })))
                                .hasMessage("out of stock")
                                .hasSuppressedException(lost);
                    }))
                    .hasMessage("rolled back instead of committed: a part of the transaction could not be undone:"
                            + " savepoint does not exist")
                    .hasCause(lost);
            assertThat(driver.calls).contains("rollback").doesNotContain("commit");
        }

        @Test
        void isReleasedByTheEndIfItsDriverCannot() throws SQLException {
            driver.on("releaseSavepoint", () -> {
                throw new SQLFeatureNotSupportedException("releaseSavepoint");
            });

            transactions.run(ctx, tx -> tx.run(TransactionsTest::execute));

            assertThat(driver.calls).contains("commit");
        }
    }

    @Nested
    class ItsConnection {

        @Test
        void refusesToEndTheTransaction() throws SQLException {
            String why = " within a transaction of Transactions; return to commit, throw or call rollbackOnly() to roll"
                    + " back";
            transactions.run(ctx, tx -> {
                Connection connection = tx.connection();
                assertThatThrownBy(connection::commit).hasMessage("commit()" + why);
                assertThatThrownBy(connection::rollback).hasMessage("rollback()" + why);
                assertThatThrownBy(() -> connection.setAutoCommit(true)).hasMessage("setAutoCommit(true)" + why);
                connection.setAutoCommit(false);
            });

            assertThat(driver.count("commit")).isEqualTo(1);
        }

        @Test
        void isNotClosedByTheTask() throws SQLException {
            transactions.run(ctx, tx -> {
                try (Connection connection = tx.connection()) {
                    assertThat(connection.createStatement().getConnection()).isSameAs(connection);
                }
                execute(tx);
            });

            assertThat(driver.calls).containsSubsequence("execute", "commit", "close");
        }

        @Test
        void takesSavepointsOfOnesOwn() throws SQLException {
            transactions.run(ctx, tx -> tx.connection().rollback(tx.connection().setSavepoint("mine")));

            assertThat(driver.calls).containsSubsequence("setSavepoint", "rollback to savepoint", "commit");
        }
    }

    @Test
    void nullIsRefusedByName() {
        assertThatThrownBy(() -> Transactions.of(nullOf())).hasMessage("dataSource");
        assertThatThrownBy(() -> transactions.withIsolation(nullOf())).hasMessage("isolation");
        assertThatThrownBy(() -> transactions.run(nullOf(), tx -> {})).hasMessage("ctx");
        assertThatThrownBy(() -> transactions.run(ctx, nullOf())).hasMessage("task");
        assertThatThrownBy(() -> transactions.call(ctx, nullOf())).hasMessage("operation");
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller without null checks passes
    private static <T> T nullOf() {
        return null;
    }
}
