package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.DriverSupport;
import dev.ripcord.spi.DaemonThreads;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The paths through the guard's states, with a driver that stands still where the test wants.
class GuardTest {

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final FakeDriver driver = new FakeDriver();
    private final CancellableContext ctx = Context.background().withCancel();
    private final Gate inDriver = new Gate();
    private final Gate letGo = new Gate();

    @AfterEach
    void end() {
        ctx.close();
    }

    private Connection connect(Duration grace) throws SQLException {
        return ContextDataSource.of(driver.source()).withGrace(grace).getConnection(ctx);
    }

    /// What a driver does that is stuck until the test lets it go.
    private void stick() {
        inDriver.open();
        letGo.await();
    }

    /// Waits until the thread that stops a call is there, and waits in its turn.
    private static void awaitStopper() {
        long start = System.nanoTime();
        while (Thread.getAllStackTraces().values().stream()
                .noneMatch(stack -> Arrays.stream(stack)
                        .anyMatch(frame -> frame.getClassName().equals(Guard.class.getName())
                                && frame.getMethodName().equals("stop")))) {
            assertThat(System.nanoTime() - start).as("waiting for a stopper").isLessThan(10_000_000_000L);
            Thread.onSpinWait();
        }
    }

    /// One whose cancels leave something behind.
    public interface SettlingConnection extends Connection {

        void stopQuery();

        void forgetCancels();
    }

    /// Knows it; a service of these tests.
    public static final class SettlingSupport implements DriverSupport {

        @Override
        public Optional<ConnectionControl> control(Connection connection) {
            return connection instanceof SettlingConnection settling
                    ? Optional.of(new SettlingControl(settling))
                    : Optional.empty();
        }
    }

    private record SettlingControl(SettlingConnection connection) implements ConnectionControl {

        @Override
        public void cancel(Call call) {
            connection.stopQuery();
        }

        @Override
        public void cutOff() throws SQLException {
            connection.abort(Runnable::run);
        }

        @Override
        public void settle() {
            connection.forgetCancels();
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }
    }

    @Nested
    class WorkInTheDriver {

        @ParameterizedTest
        @EnumSource
        void isCancelledAgainAndAgainUntilItReturns(Threads kind) throws SQLException {
            Gate thirdCancel = new Gate(3);
            SQLException own = new SQLException("cancelled on request", "57014");
            driver.on("cancel", thirdCancel::open).on("execute", () -> {
                inDriver.open();
                thirdCancel.await();
                throw own;
            });
            Statement statement = connect(LONG).createStatement();

            Threads.Job job = kind.start(() -> assertThatThrownBy(() -> statement.execute("work"))
                    .isExactlyInstanceOf(SQLCancelledException.class)
                    .hasSuppressedException(own));
            inDriver.await();
            ctx.cancel();

            job.join();
            assertThat(driver.calls).contains("cancel").doesNotContain("abort");
        }

        @ParameterizedTest
        @EnumSource
        void returnsOnlyAfterTheCancelInFlightHas(Threads kind) throws SQLException {
            Gate inCancel = new Gate();
            driver.on("execute", () -> {
                        inDriver.open();
                        inCancel.await();
                    })
                    .on("cancel", () -> {
                        inCancel.open();
                        letGo.await();
                    });
            Statement statement = connect(LONG).createStatement();

            Threads.Job job = kind.start(() -> statement.execute("work"));
            inDriver.await();
            ctx.cancel();
            inCancel.await();
            job.awaitParked();

            assertThat(job.task().isDone()).isFalse();
            letGo.open();
            job.join();
        }

        @Test
        void thatSucceedsInSpiteOfTheCancelReportsItsSuccess() throws SQLException {
            driver.on("cancel", letGo::open).on("executeUpdate", this::endAndWait);
            Statement statement = connect(LONG).createStatement();

            int updated = statement.executeUpdate("update");

            assertThat(updated).isZero();
            assertThatThrownBy(() -> statement.executeUpdate("another")).isInstanceOf(SQLCancelledException.class);
            assertThat(driver.count("executeUpdate")).isEqualTo(1);
        }

        private void endAndWait() {
            ctx.cancel();
            letGo.await();
        }

        /// As on MariaDB, if a cancel comes when a fetch has got its row already.
        @Test
        void thatSucceedsInSpiteOfTheCancelIsClosedThoughTheCancelIsAnsweredThen() throws SQLException {
            SQLException answer = new SQLException("interrupted", "70100");
            driver.on("cancel", letGo::open).on("close of a statement", () -> {
                throw answer;
            });
            Connection connection = connect(LONG);
            Statement untouched = connection.createStatement();
            Statement statement = connection.createStatement();
            assertThatThrownBy(untouched::close).isSameAs(answer);
            driver.on("executeUpdate", this::endAndWait);

            statement.executeUpdate("update");
            statement.close();

            assertThat(driver.calls).contains("cancel").doesNotContain("abort");
        }

        @Test
        void thatIgnoresCancelsIsCutOffAfterTheGrace() throws SQLException {
            SQLException own = new SQLException("socket closed", "08006");
            driver.on("abort", letGo::open).on("execute", () -> {
                ctx.cancel();
                letGo.await();
                throw own;
            });
            Statement statement = connect(SHORT).createStatement();

            assertThatThrownBy(() -> statement.execute("work"))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasSuppressedException(own);
            assertThat(driver.calls).containsSubsequence("cancel", "abort");
        }

        @Test
        void isCutOffAfterTheGraceEvenIfTheCancelHangs() throws SQLException {
            Gate never = new Gate();
            driver.on("abort", letGo::open).on("cancel", never::await).on("execute", () -> {
                ctx.cancel();
                letGo.await();
                throw new SQLException("socket closed", "08006");
            });
            Statement statement = connect(SHORT).createStatement();

            assertThatThrownBy(() -> statement.execute("work")).isInstanceOf(SQLCancelledException.class);
            assertThat(driver.count("cancel")).isEqualTo(1);
            never.open();
        }

        @Test
        void thatHasReturnedDoesNotWaitForeverForACancelThatHangs() throws SQLException {
            Gate inCancel = new Gate();
            driver.on("execute", () -> {
                        ctx.cancel();
                        inCancel.await();
                    })
                    .on("cancel", () -> {
                        inCancel.open();
                        letGo.await();
                    });
            Connection connection = connect(LONG);
            Statement statement = connection.createStatement();

            statement.execute("work");

            assertThat(driver.calls).contains("abort");
            letGo.open();
        }

        @Test
        void isNotCutOffBeforeOneCancelWasSentEvenWithoutAGrace() throws SQLException {
            driver.on("abort", letGo::open)
                    .on("cancel", () -> driver.calls.add("cancelled"))
                    .on("execute", () -> {
                        ctx.cancel();
                        letGo.await();
                        throw new SQLException("socket closed", "08006");
                    });
            Statement statement = connect(Duration.ZERO).createStatement();

            assertThatThrownBy(() -> statement.execute("work")).isInstanceOf(SQLCancelledException.class);
            assertThat(driver.calls).containsSubsequence("cancelled", "abort");
        }

        @Test
        void withoutAStatementToCancelIsCutOff() throws SQLException {
            driver.on("abort", letGo::open).on("getTables", () -> {
                ctx.cancel();
                letGo.await();
                throw new SQLException("socket closed", "08006");
            });
            Connection connection = connect(SHORT);

            assertThatThrownBy(() -> connection.getMetaData().getTables(null, null, "%", null))
                    .isInstanceOf(SQLCancelledException.class);
            assertThat(driver.calls).contains("abort").doesNotContain("cancel");
        }

        @Test
        void thatFailsByItselfThrowsTheDriversException() throws SQLException {
            SQLException own = new SQLException("unique violation", "23505");
            driver.on("execute", () -> {
                throw own;
            });
            Statement statement = connect(LONG).createStatement();

            assertThatThrownBy(() -> statement.execute("work")).isSameAs(own);
            assertThat(own.getSuppressed()).isEmpty();
        }

        @Test
        void thatThrowsSomethingUncheckedLeavesTheConnectionUsable() throws SQLException {
            IllegalStateException own = new IllegalStateException("a bug in the driver");
            driver.on("execute", () -> {
                throw own;
            });
            Statement statement = connect(LONG).createStatement();

            assertThatThrownBy(() -> statement.execute("work")).isSameAs(own);
            assertThat(statement.executeUpdate("work")).isZero();
        }

        @Test
        void keepsTheCountsOfABatch() throws SQLException {
            BatchUpdateException own = FakeDriver.batchFailure(1, 1, Statement.EXECUTE_FAILED);
            driver.on("cancel", letGo::open).on("executeBatch", () -> {
                ctx.cancel();
                letGo.await();
                throw own;
            });
            Statement statement = connect(LONG).createStatement();

            Throwable thrown = catchThrowable(statement::executeBatch);

            assertThat(thrown)
                    .isInstanceOf(SQLBatchStoppedException.class)
                    .isInstanceOf(BatchUpdateException.class)
                    .hasSuppressedException(own);
            assertThat(((BatchUpdateException) thrown).getUpdateCounts())
                    .containsExactly(1, 1, Statement.EXECUTE_FAILED);
        }

        @Test
        void isRefusedOnceTheContextHasEnded() throws SQLException {
            Connection connection = connect(LONG);
            Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery("select");
            ctx.cancel();

            assertThatThrownBy(() -> statement.execute("more")).isInstanceOf(SQLCancelledException.class);
            assertThatThrownBy(() -> connection.prepareStatement("more")).isInstanceOf(SQLCancelledException.class);
            assertThat(driver.calls).doesNotContain("execute", "prepare");
            statement.close();
            rows.close();
        }

        @Test
        void isRefusedAtTheNextRowOnceTheEndHasBeenSeen() throws SQLException {
            Connection connection = connect(LONG);
            connection.setAutoCommit(false);
            ResultSet rows = connection.createStatement().executeQuery("select");
            assertThat(rows.next()).isTrue();
            ctx.cancel();
            driver.awaitCall("rollback");

            assertThatThrownBy(rows::next)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("statement not started: context cancelled");
            assertThat(driver.count("next")).isEqualTo(1);
        }

        @ParameterizedTest
        @EnumSource
        void ofAnotherThreadWaitsItsTurn(Threads kind) throws SQLException {
            driver.on("execute", GuardTest.this::stick);
            Connection connection = connect(LONG);
            Statement first = connection.createStatement();
            Statement second = connection.createStatement();

            Threads.Job one = kind.start(() -> first.execute("work"));
            inDriver.await();
            Threads.Job two = kind.start(() -> second.executeUpdate("work"));
            two.awaitParked();

            assertThat(driver.calls).doesNotContain("executeUpdate");
            letGo.open();
            one.join();
            two.join();
            assertThat(driver.calls).containsSubsequence("execute", "executeUpdate");
        }

        @Test
        void withinWorkOfTheSameThreadGoesStraightThrough() throws SQLException {
            List<Statement> inner = new ArrayList<>();
            driver.on("execute", () -> inner.get(0).executeUpdate("nested"));
            Connection connection = connect(LONG);
            inner.add(connection.createStatement());

            connection.createStatement().execute("work");

            assertThat(driver.calls).containsSubsequence("execute", "executeUpdate");
        }
    }

    @Nested
    class ATransaction {

        private Connection begin(Duration grace) throws SQLException {
            Connection connection = connect(grace);
            connection.setAutoCommit(false);
            return connection;
        }

        @Test
        void thatIsIdleIsRolledBackWhenTheContextEnds() throws SQLException {
            begin(LONG);

            ctx.cancel();

            driver.awaitCall("rollback");
        }

        @Test
        void thatIsBusyIsRolledBackOnceItsStatementHasReturned() throws SQLException {
            driver.on("cancel", letGo::open).on("execute", () -> {
                ctx.cancel();
                letGo.await();
                throw new SQLException("cancelled on request", "57014");
            });
            Statement statement = begin(LONG).createStatement();

            assertThatThrownBy(() -> statement.execute("work")).isInstanceOf(SQLCancelledException.class);

            driver.awaitCall("rollback");
        }

        @Test
        void isRolledBackInsteadOfCommittedAfterTheEnd() throws SQLException {
            Connection connection = begin(LONG);
            ctx.cancel();

            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("rolled back instead of committed: context cancelled");
            assertThat(driver.calls).contains("rollback").doesNotContain("commit");
        }

        @Test
        void isRolledBackInsteadOfCommittedByAutoCommit() throws SQLException {
            Connection connection = begin(LONG);
            ctx.cancel();

            assertThatThrownBy(() -> connection.setAutoCommit(true))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("rolled back instead of committed: context cancelled");
            assertThat(driver.calls).contains("rollback").doesNotContain("setAutoCommit true");
        }

        @Test
        void canGoBackToAutoCommitOnceItsLossIsKnown() throws SQLException {
            Connection connection = begin(LONG);
            ctx.cancel();

            connection.rollback();
            connection.setAutoCommit(true);

            assertThat(driver.calls).containsSubsequence("rollback", "setAutoCommit true");
        }

        @Test
        void isNotCancelledWhileItCommits() throws SQLException {
            driver.on("commit", () -> {
                ctx.cancel();
                awaitStopper();
            });
            Connection connection = begin(LONG);

            connection.commit();

            assertThat(driver.calls).contains("commit").doesNotContain("cancel", "abort");
        }

        @Test
        void hasAnUnknownOutcomeIfItsCommitIsCutOff() throws SQLException {
            SQLException own = new SQLException("socket closed", "08006");
            driver.on("abort", letGo::open).on("commit", () -> {
                ctx.cancel();
                letGo.await();
                throw own;
            });
            Connection connection = begin(SHORT);

            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLOutcomeUnknownException.class)
                    .hasMessage("outcome of commit unknown: context cancelled")
                    .hasCause(ctx.err().orElse(null))
                    .hasSuppressedException(own)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("08007");
        }

        @Test
        void whoseCommitFailsByItselfThrowsTheDriversException() throws SQLException {
            SQLException own = new SQLException("deferred constraint", "23503");
            driver.on("commit", () -> {
                throw own;
            });
            Connection connection = begin(LONG);

            assertThatThrownBy(connection::commit).isSameAs(own);
        }

        @Test
        void whoseRollbackHangsAfterTheEndIsCutOff() throws SQLException {
            driver.on("abort", letGo::open).on("rollback", () -> {
                letGo.await();
                throw new SQLException("socket closed", "08006");
            });
            Connection connection = begin(SHORT);
            ctx.cancel();
            driver.awaitCall("rollback");

            connection.close();

            assertThat(driver.calls).contains("abort");
        }

        @Test
        void whoseOwnerRollsItBackAfterTheEndIsCutOffIfThatHangs() throws SQLException {
            SQLException own = new SQLException("socket closed", "08006");
            Connection connection = begin(SHORT);
            ctx.cancel();
            driver.awaitCall("rollback");
            driver.on("abort", letGo::open).on("rollback", () -> {
                letGo.await();
                throw own;
            });

            assertThatThrownBy(connection::rollback)
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("cut off after the grace: context cancelled")
                    .hasSuppressedException(own);
        }

        @ParameterizedTest
        @EnumSource
        void isNotTouchedAfterItsConnectionIsClosed(Threads kind) throws SQLException {
            driver.on("rollback", GuardTest.this::stick);
            Connection connection = begin(LONG);
            ctx.cancel();
            inDriver.await();

            Threads.Job job = kind.start(connection::close);
            job.awaitParked();

            assertThat(driver.calls).doesNotContain("close");
            letGo.open();
            job.join();
            assertThat(driver.calls).endsWith("close");
        }

        /// Or a rollback might be taken for what was cancelled.
        @Test
        void isRolledBackOnlyAfterItsCancelsWereForgotten() throws SQLException {
            FakeDriver driver = new FakeDriver(SettlingConnection.class);
            driver.on("stopQuery", letGo::open).on("execute", () -> {
                ctx.cancel();
                letGo.await();
                throw new SQLException("cancelled on request", "57014");
            });
            Connection connection =
                    ContextDataSource.of(driver.source()).withGrace(LONG).getConnection(ctx);
            connection.setAutoCommit(false);

            assertThatThrownBy(() -> connection.createStatement().execute("work"))
                    .isInstanceOf(SQLCancelledException.class);
            connection.rollback();
            connection.close();

            assertThat(driver.calls).containsSubsequence("stopQuery", "forgetCancels", "rollback", "close");
            assertThat(driver.calls.indexOf("rollback")).isGreaterThan(driver.calls.indexOf("forgetCancels"));
            assertThat(driver.count("forgetCancels")).isEqualTo(1);
        }

        @Test
        void whoseCancelsCannotBeForgottenIsLostWithItsConnection() throws SQLException {
            FakeDriver driver = new FakeDriver(SettlingConnection.class);
            driver.on("stopQuery", letGo::open)
                    .on("forgetCancels", () -> {
                        throw new IllegalStateException("they are not");
                    })
                    .on("execute", () -> {
                        ctx.cancel();
                        letGo.await();
                    });
            Connection connection =
                    ContextDataSource.of(driver.source()).withGrace(LONG).getConnection(ctx);
            connection.setAutoCommit(false);

            connection.createStatement().execute("work");
            connection.close();

            assertThat(driver.calls).contains("abort").doesNotContain("rollback", "commit");
        }

        @Test
        void thatIsOpenIsRolledBackWhenItsConnectionIsClosed() throws SQLException {
            begin(LONG).close();

            assertThat(driver.calls).endsWith("rollback", "close");
        }
    }

    @Nested
    class AConnection {

        @Test
        void isNotTouchedWhenItsContextEndsAfterItsClose() throws SQLException {
            Connection connection = connect(LONG);
            connection.setAutoCommit(false);
            connection.close();
            List<String> before = List.copyOf(driver.calls);

            ctx.cancel();

            Gate later = new Gate();
            ctx.afterFunc(DaemonThreads.executor(), later::open);
            later.await();
            assertThat(driver.calls).isEqualTo(before);
        }

        @ParameterizedTest
        @EnumSource
        void waitsWithItsCloseForACancelInFlight(Threads kind) throws SQLException {
            Gate inCancel = new Gate();
            driver.on("execute", () -> {
                        inDriver.open();
                        inCancel.await();
                    })
                    .on("cancel", () -> {
                        inCancel.open();
                        letGo.await();
                    });
            Connection connection = connect(LONG);
            Statement statement = connection.createStatement();
            Threads.Job work = kind.start(() -> statement.execute("work"));
            inDriver.await();
            ctx.cancel();
            inCancel.await();

            Threads.Job close = kind.start(connection::close);
            close.awaitParked();

            assertThat(driver.calls).doesNotContain("close", "abort");
            letGo.open();
            work.join();
            close.join();
        }

        @Test
        void isDiscardedAfterACancelIfItsDriverIsUnknown() throws SQLException {
            driver.on("cancel", letGo::open).on("execute", () -> {
                ctx.cancel();
                letGo.await();
            });
            Connection connection = connect(LONG);
            connection.createStatement().execute("work");

            connection.close();

            assertThat(driver.calls).contains("abort");
        }

        @Test
        void thatIsDiscardedIsReplacedByThePool() throws SQLException {
            HikariConfig config = new HikariConfig();
            config.setDataSource(driver.source());
            config.setMaximumPoolSize(1);
            driver.on("cancel", letGo::open).on("execute", () -> {
                ctx.cancel();
                letGo.await();
            });
            try (HikariDataSource pool = new HikariDataSource(config)) {
                try (Connection connection = ContextDataSource.of(pool).getConnection(ctx)) {
                    connection.createStatement().execute("work");
                }
                try (Connection next = pool.getConnection()) {
                    assertThat(next.isClosed()).isFalse();
                }
            }
            assertThat(driver.count("connect")).isEqualTo(2);
        }

        @Test
        void isGivenBackIfItsContextEndedWhileItWasIdle() throws SQLException {
            Connection connection = connect(LONG);
            ctx.cancel();

            connection.close();

            assertThat(driver.calls).contains("close").doesNotContain("abort");
        }

        @Test
        void isDiscardedIfItsRollbackFails() throws SQLException {
            driver.on("rollback", () -> {
                throw new SQLException("socket closed", "08006");
            });
            Connection connection = connect(LONG);
            connection.setAutoCommit(false);

            connection.close();

            assertThat(driver.calls).contains("abort");
        }

        @Test
        void closesTwiceLikeOnce() throws SQLException {
            Connection connection = connect(LONG);

            connection.close();
            connection.close();

            assertThat(driver.count("close")).isEqualTo(1);
        }

        @Test
        void thatIsClosedSaysSoItself() throws SQLException {
            Connection connection = connect(LONG);
            connection.close();

            assertThat(connection.isClosed()).isTrue();
            assertThatThrownBy(() -> connection.prepareStatement("more")).hasMessage("connection is closed");
        }
    }
}
