package dev.ripcord.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `copy` and `listen`, which end with the context and leave a usable connection.
class ContextPostgresTest {

    private final HikariDataSource pool = Postgres.pool(1);
    private final ContextDataSource database = ContextDataSource.of(pool);
    private final CancellableContext ctx = Context.background().withCancel();
    private final int session;

    ContextPostgresTest() throws SQLException {
        session = number("select pg_backend_pid()");
    }

    @BeforeEach
    void thereIsAnEmptyTable() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists copied; create table copied (id int)");
        }
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

    // @start region="copy"
    long load(Context ctx, InputStream ids) throws SQLException, IOException {
        try (Connection connection = database.getConnection(ctx)) {
            return ContextPostgres.of(connection).copyIn("copy copied from stdin", ids);
        }
    }
    // @end

    @Test
    void rowsAreCopiedInAndOut() throws Exception {
        assertThat(load(ctx, new ByteArrayInputStream("1\n2\n3\n".getBytes(UTF_8))))
                .isEqualTo(3);

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Connection connection = database.getConnection(ctx)) {
            long rows = ContextPostgres.of(connection).copyOut("copy copied to stdout", out);
            assertThat(rows).isEqualTo(3);
        }
        assertThat(out.toString(UTF_8)).isEqualTo("1\n2\n3\n");
    }

    @ParameterizedTest
    @EnumSource
    void aCopyInIsStoppedAndNothingCopied(Threads kind) throws SQLException {
        InputStream endless = new InputStream() {
            private int given;

            @Override
            public int read() {
                return given++ % 2 == 0 ? '7' : '\n';
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                for (int i = 0; i < length; i++) {
                    bytes[offset + i] = (byte) read();
                }
                if (given > 500_000) {
                    ctx.cancel(new IllegalStateException("client gone"));
                }
                return length;
            }
        };

        kind.start(() -> assertThatThrownBy(() -> load(ctx, endless))
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("statement stopped: context cancelled: client gone"))
                .join();

        assertThat(number("select count(*) from copied")).isZero();
    }

    @Test
    void aCopyInWhoseSourceFailsThrowsThat() throws SQLException {
        IOException own = new IOException("disk full");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw own;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw own;
            }
        };

        assertThatThrownBy(() -> load(ctx, failing)).isSameAs(own);
        assertThat(number("select count(*) from copied")).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aCopyOutIsStopped(Threads kind) throws SQLException {
        Threads.Job copy = kind.start(() -> {
            try (Connection connection = database.getConnection(ctx)) {
                ContextPostgres postgres = ContextPostgres.of(connection);
                assertThatThrownBy(() -> postgres.copyOut(
                                "copy (select pg_sleep(60) /* copied */) to stdout", OutputStream.nullOutputStream()))
                        .isInstanceOf(SQLCancelledException.class)
                        .hasMessage("statement stopped: context cancelled: client gone");
            }
        });
        Postgres.awaitRunning("copied");
        ctx.cancel(new IllegalStateException("client gone"));

        copy.join();
    }

    @ParameterizedTest
    @EnumSource
    void notificationsComeUntilTheContextEnds(Threads kind) throws SQLException {
        Gate listening = new Gate();
        Gate heard = new Gate();
        Threads.Job listener = kind.start(() -> {
            try (Connection connection = database.getConnection(ctx);
                    Statement statement = connection.createStatement()) {
                statement.execute("listen news");
                listening.open();
                ContextPostgres postgres = ContextPostgres.of(connection);
                assertThat(postgres.awaitNotifications())
                        .extracting(ContextPostgres.Notification::channel, ContextPostgres.Notification::payload)
                        .containsExactly(tuple("news", "first"));
                heard.open();
                assertThatThrownBy(postgres::awaitNotifications).isInstanceOf(SQLCancelledException.class);
            }
        });
        listening.await();
        try (Connection other = Postgres.plain().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute("notify news, 'first'");
        }
        heard.await();
        ctx.cancel();

        listener.join();
    }

    @Test
    void aConnectionWithoutAnEndIsRefused() throws SQLException {
        try (Connection connection = database.getConnection(Context.background())) {
            assertThatThrownBy(() -> ContextPostgres.of(connection))
                    .hasMessage(
                            "connection is bound to no context; take it from a ContextDataSource, under a context that"
                                    + " can end");
        }
    }
}
