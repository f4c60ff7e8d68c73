package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Key;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a user meets: connections, the wait for one, exceptions, wrappers. On H2 in memory.
class ContextDataSourceTest {

    private static final String ENDLESS =
            "select count(*) from system_range(1, 1000000) a, system_range(1, 1000000) b where a.x = -b.x";

    private final HikariDataSource pool = new HikariDataSource(config());
    private final ContextDataSource database = ContextDataSource.of(pool);

    private static HikariConfig config() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:users");
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(30_000);
        return config;
    }

    @AfterEach
    void thePoolHasAllItsConnections() {
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        assertThat(pool.getHikariPoolMXBean().getThreadsAwaitingConnection()).isZero();
        pool.close();
    }

    @Nested
    class AConnection {

        @Test
        void isThePoolsOwnIfTheContextCanNeverEnd() throws SQLException {
            Context values = Context.background().withValue(Key.of("user", String.class), "ann");

            try (Connection explicit = database.getConnection(values)) {
                assertThat(explicit).isNotInstanceOf(GuardedConnection.class);
            }
            try (Connection ambient = database.getConnection()) {
                assertThat(ambient).isNotInstanceOf(GuardedConnection.class);
            }
        }

        @ParameterizedTest
        @EnumSource
        void endsWithTheCurrentContext(Threads kind) {
            kind.start(() -> {
                        CancellableContext ctx = Context.background().withCancel();
                        ctx.call(() -> {
                            try (Connection connection = database.getConnection();
                                    Statement statement = connection.createStatement()) {
                                Threads.PLATFORM.start(ctx::cancel);

                                assertThatThrownBy(() -> statement.execute(ENDLESS))
                                        .isInstanceOf(SQLCancelledException.class)
                                        .hasCause(ctx.err().orElse(null));
                            }
                            return true;
                        });
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void isUsableAgainAfterACancel(Threads kind) {
            kind.start(() -> {
                        for (int i = 0; i < 20; i++) {
                            try (CancellableContext ctx = Context.background().withCancel();
                                    Connection connection = database.getConnection(ctx);
                                    Statement statement = connection.createStatement()) {
                                Threads.PLATFORM.start(ctx::cancel);
                                assertThatThrownBy(() -> statement.executeQuery(ENDLESS))
                                        .isInstanceOf(SQLCancelledException.class);
                            }
                            try (Connection connection = pool.getConnection();
                                    Statement statement = connection.createStatement();
                                    ResultSet rows = statement.executeQuery("select 42")) {
                                assertThat(rows.next()).isTrue();
                                assertThat(rows.getInt(1)).isEqualTo(42);
                            }
                        }
                    })
                    .join();
        }

        @Test
        void isNotTakenIfTheContextHasEnded() {
            CancellableContext ctx = Context.background().withCancel();
            ctx.cancel(new IllegalStateException("client gone"));

            assertThatThrownBy(() -> database.getConnection(ctx))
                    .isExactlyInstanceOf(SQLCancelledException.class)
                    .hasMessage("no connection taken: context cancelled: client gone")
                    .hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class TheWait {

        @ParameterizedTest
        @EnumSource
        void inAPoolStillEndsWithAnInterruptOfTheCaller(Threads kind) throws SQLException {
            try (Connection busy = pool.getConnection();
                    CancellableContext ctx = Context.background().withCancel()) {
                Threads.Job job = kind.start(() -> {
                    assertThatThrownBy(() -> database.getConnection(ctx))
                            .isNotInstanceOf(ContextSQLException.class)
                            .hasRootCauseInstanceOf(InterruptedException.class);
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                });
                job.awaitParked();

                job.thread().interrupt();

                job.join();
                assertThat(busy.isValid(1)).isTrue();
            }
        }

        @ParameterizedTest
        @EnumSource
        void forAnUnknownSourceIsLeftAndTheLateConnectionClosed(Threads kind) {
            Gate connecting = new Gate();
            Gate accepted = new Gate();
            Gate closed = new Gate();
            FakeDriver driver = new FakeDriver()
                    .on("connect", () -> {
                        connecting.open();
                        accepted.await();
                    })
                    .on("close", closed::open);
            CancellableContext ctx = Context.background().withCancel();

            Threads.Job job = kind.start(() -> assertThatThrownBy(
                            () -> ContextDataSource.of(driver.source()).getConnection(ctx))
                    .isInstanceOf(SQLCancelledException.class)
                    .hasMessage("no connection taken: context cancelled"));
            connecting.await();
            ctx.cancel();
            job.join();

            accepted.open();
            closed.await();
        }

        @ParameterizedTest
        @EnumSource
        void forAnUnknownSourceEndsWithAnInterruptOfTheCaller(Threads kind) {
            Gate connecting = new Gate();
            Gate accepted = new Gate();
            Gate closed = new Gate();
            FakeDriver driver = new FakeDriver()
                    .on("connect", () -> {
                        connecting.open();
                        accepted.await();
                    })
                    .on("close", closed::open);
            CancellableContext ctx = Context.background().withCancel();

            Threads.Job job = kind.start(() -> {
                assertThatThrownBy(() -> ContextDataSource.of(driver.source()).getConnection(ctx))
                        .hasMessage("interrupted while waiting for a connection")
                        .hasCauseInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            });
            connecting.await();
            job.thread().interrupt();
            job.join();

            accepted.open();
            closed.await();
        }

        @Test
        void forAnUnknownSourceThrowsWhatTheSourceThrows() {
            SQLException own = new SQLException("no route to host", "08001");
            FakeDriver driver = new FakeDriver().on("connect", () -> {
                throw own;
            });
            CancellableContext ctx = Context.background().withCancel();

            assertThatThrownBy(() -> ContextDataSource.of(driver.source()).getConnection(ctx))
                    .isSameAs(own);
        }

        @Test
        void isOnTheCallersThreadIfThatIsWanted() throws SQLException {
            AtomicReference<Thread> connecting = new AtomicReference<>();
            FakeDriver driver = new FakeDriver().on("connect", () -> connecting.set(Thread.currentThread()));
            CancellableContext ctx = Context.background().withCancel();
            ContextDataSource source = ContextDataSource.of(driver.source());

            source.getConnection(ctx).close();
            assertThat(connecting.get()).isNotSameAs(Thread.currentThread());

            source.withCallerThread().getConnection(ctx).close();
            assertThat(connecting.get()).isSameAs(Thread.currentThread());
        }
    }

    @Nested
    class AnException {

        @Test
        void ofADeadlineIsATimeoutWithTheContextsAsCause() throws SQLException {
            try (CancellableContext ctx = Context.background().withTimeout(Duration.ofSeconds(1), "lookup");
                    Connection connection = database.getConnection(ctx);
                    Statement statement = connection.createStatement()) {
                Throwable thrown = catchThrowable(() -> statement.execute(ENDLESS));
                ContextException end = ctx.err().orElseThrow();

                assertThat(thrown)
                        .isInstanceOf(SQLTimeoutException.class)
                        .hasMessage("statement stopped: " + end.getMessage())
                        .hasCause(end);
                assertThat(((SQLException) thrown).getSQLState()).isEqualTo("57014");
                assertThat(thrown.getSuppressed())
                        .hasOnlyElementsOfType(SQLException.class)
                        .hasSize(1);
                assertThat(((ContextSQLException) thrown).contextException()).isSameAs(end);
            }
        }

        @Test
        void ofACancelIsAPlainOneWithTheContextsAsCause() throws SQLException {
            CancellableContext ctx = Context.background().withCancel();
            try (Connection connection = database.getConnection(ctx);
                    Statement statement = connection.createStatement()) {
                Threads.PLATFORM.start(() -> ctx.cancel(new IllegalStateException("client gone")));
                Throwable thrown = catchThrowable(() -> statement.execute(ENDLESS));

                assertThat(thrown)
                        .isInstanceOf(SQLCancelledException.class)
                        .isNotInstanceOf(SQLTimeoutException.class)
                        .hasMessageEndingWith(": context cancelled: client gone")
                        .hasCause(ctx.err().orElse(null));
                assertThat(((SQLException) thrown).getSQLState()).isEqualTo("57014");
            }
        }
    }

    @Nested
    class AWrapper {

        private final CancellableContext ctx = Context.background().withCancel();

        @Test
        void isWhereEveryWayBackLeads() throws SQLException {
            try (Connection connection = database.getConnection(ctx);
                    PreparedStatement statement = connection.prepareStatement("select 1");
                    ResultSet rows = statement.executeQuery()) {
                assertThat(statement.getConnection()).isSameAs(connection);
                assertThat(rows.getStatement()).isSameAs(statement);
                assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
                assertThat(statement.getResultSet()).isInstanceOf(GuardedResultSet.class);
                assertThat(statement.getGeneratedKeys()).isInstanceOf(GuardedResultSet.class);
                try (ResultSet tables = connection.getMetaData().getTables(null, null, "%", null)) {
                    assertThat(tables).isInstanceOf(GuardedResultSet.class);
                    assertThat(tables.getStatement()).isNull();
                }
            }
        }

        @Test
        void guardsEveryKindOfStatement() throws SQLException {
            try (Connection connection = database.getConnection(ctx)) {
                assertThat(connection.prepareCall("call 1")).isInstanceOf(GuardedCallableStatement.class);
                assertThat(connection.prepareStatement("select 1", Statement.RETURN_GENERATED_KEYS))
                        .isInstanceOf(GuardedPreparedStatement.class);
                assertThat(connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY))
                        .isInstanceOf(GuardedStatement.class);
            }
        }

        @Test
        void unwrapsToItselfFirstAndThenToTheDriver() throws SQLException {
            try (Connection connection = database.getConnection(ctx)) {
                assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
                assertThat(connection.isWrapperFor(JdbcConnection.class)).isTrue();
                assertThat(connection.unwrap(JdbcConnection.class)).isInstanceOf(JdbcConnection.class);
            }
            assertThat(database.unwrap(DataSource.class)).isSameAs(database);
            assertThat(database.unwrap(HikariDataSource.class)).isSameAs(pool);
            assertThat(database.isWrapperFor(JdbcDataSource.class)).isFalse();
        }

        @Test
        void isEqualToItselfOnly() throws SQLException {
            try (Connection connection = database.getConnection(ctx);
                    Statement one = connection.createStatement();
                    Statement two = connection.createStatement()) {
                assertThat(Set.of(one, two)).contains(one, two);
                assertThat(connection).isNotEqualTo(connection.unwrap(JdbcConnection.class));
            }
        }

        @Test
        void readsLikeWhatItWraps() throws SQLException {
            try (Connection connection = database.getConnection(ctx);
                    PreparedStatement statement = connection.prepareStatement("select 1 + ?")) {
                statement.setInt(1, 2);

                assertThat(statement.toString()).contains("select 1 + ?");
            }
            assertThat(database.withGrace(Duration.ofMillis(200)).toString())
                    .isEqualTo("ContextDataSource(" + pool + ", grace PT0.2S)");
        }
    }

    @Test
    void aNegativeGraceIsRefused() {
        assertThatThrownBy(() -> database.withGrace(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("grace < 0: PT-1S");
    }

    @Test
    void nullIsRefusedByName() {
        assertThatThrownBy(() -> ContextDataSource.of(nullOf())).hasMessage("dataSource");
        assertThatThrownBy(() -> database.withGrace(nullOf())).hasMessage("grace");
        assertThatThrownBy(() -> database.withAfterCancel(nullOf())).hasMessage("afterCancel");
        assertThatThrownBy(() -> database.withBelts((Belt[]) nullOf())).hasMessage("belts");
        assertThatThrownBy(() -> database.getConnection((Context) nullOf())).hasMessage("ctx");
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller without null checks passes
    private static <T> T nullOf() {
        return null;
    }
}
