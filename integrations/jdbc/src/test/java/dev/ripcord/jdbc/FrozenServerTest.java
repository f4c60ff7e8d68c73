package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A PostgreSQL that stops answering: all its processes are stopped by a signal while a call is in the driver.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no signal that stops a process")
class FrozenServerTest {

    private static final Duration GRACE = Duration.ofMillis(300);

    private static EmbeddedPostgres server;
    private static ProcessHandle postmaster;

    private HikariDataSource pool;
    private ContextDataSource database;
    private final CancellableContext ctx = Context.background().withCancel();

    @BeforeAll
    static void startTheServer(@TempDir Path folder) throws IOException {
        Path data = folder.resolve("data");
        server = EmbeddedPostgres.builder().setDataDirectory(data).start();
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
        postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    @AfterAll
    static void stopTheServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void connect() {
        pool = Postgres.pool(server.getJdbcUrl("postgres", "postgres"), 1);
        database = ContextDataSource.of(pool).withGrace(GRACE);
    }

    @AfterEach
    void thePoolIsUsableOnceTheServerGoesOn() throws Exception {
        signal("CONT");
        try (Connection connection = pool.getConnection()) {
            assertThat(connection.isValid(5)).isTrue();
        }
        pool.close();
    }

    private void freeze() throws Exception {
        signal("STOP");
    }

    private void signal(String name) throws Exception {
        for (ProcessHandle process :
                Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStatementIsLeftAfterTheGrace(Threads kind) throws Exception {
        Connection connection = database.getConnection(ctx);
        Statement statement = connection.createStatement();
        Threads.Job job = kind.start(() -> assertThatThrownBy(() -> statement.execute("select pg_sleep(60)"))
                .isInstanceOf(SQLCancelledException.class)
                .hasMessage("statement stopped: context cancelled"));
        Postgres.awaitRunning(server.getPostgresDatabase(), "pg_sleep(60)");
        freeze();

        long start = System.nanoTime();
        ctx.cancel();
        job.join();
        connection.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(GRACE, GRACE.plusSeconds(5));
    }

    @Test
    void anIdleTransactionIsLeftAfterTheGrace() throws Exception {
        Connection connection = database.getConnection(ctx);
        connection.setAutoCommit(false);
        connection.createStatement().execute("create table lost (id int)");
        freeze();

        long start = System.nanoTime();
        ctx.cancel();
        connection.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE.plusSeconds(5));
    }

    @Test
    void aCommitIsLeftAfterTheGraceWithAnUnknownOutcome() throws Exception {
        Connection connection = database.getConnection(ctx);
        connection.setAutoCommit(false);
        connection.createStatement().execute("create table perhaps (id int)");
        freeze();
        Threads.Job job = Threads.PLATFORM.start(
                () -> assertThatThrownBy(connection::commit).isInstanceOf(SQLOutcomeUnknownException.class));
        Postgres.awaitReading(job.thread());

        ctx.cancel();

        job.join();
        connection.close();
    }
}
