package dev.ripcord.r2dbc;

import static dev.ripcord.r2dbc.Database.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.r2dbc.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// A PostgreSQL that stops answering: all its processes are stopped by a signal while a statement runs.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no signal that stops a process")
class FrozenServerTest {

    private static final Duration GUARD = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofMillis(300);

    private static EmbeddedPostgres server;
    private static ProcessHandle postmaster;

    private ConnectionFactory admin;
    private ConnectionPool pool;
    private ContextConnectionFactory contexts;
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
        admin = Database.factory(server.getJdbcUrl("postgres", "postgres"));
        pool = Database.pool(admin, 1);
        contexts = ContextConnectionFactory.of(pool).withGrace(GRACE);
    }

    @AfterEach
    void thePoolIsUsableOnceTheServerGoesOn() throws Exception {
        signal("CONT");
        assertThat(Database.value(pool, "select 7")).isEqualTo("7");
        pool.close();
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
    void aStatementIsLeftAfterTheGrace(Threads threads) throws Exception {
        Job job = threads.start(() -> assertThatThrownBy(() -> Flux.usingWhen(
                                contexts.create(ctx),
                                connection -> query(connection, Database.POSTGRESQL.slow),
                                Connection::close)
                        .blockLast(GUARD))
                .isInstanceOf(CancelledException.class));
        Database.await("runs", () -> Database.POSTGRESQL.running(admin, Database.POSTGRESQL.slow) == 1);
        signal("STOP");

        long start = System.nanoTime();
        ctx.cancel();
        job.join();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(GRACE, GRACE.plusSeconds(5));
    }

    @Test
    void aCommitIsLeftAfterTheGraceWithAnUnknownOutcome() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch frozen = new CountDownLatch(1);
        Job job = Threads.PLATFORM.start(() -> assertThatThrownBy(() -> Mono.usingWhen(
                                contexts.create(ctx),
                                connection -> Mono.from(connection.beginTransaction())
                                        .thenMany(query(connection, "create table perhaps (id int)"))
                                        .doOnComplete(() -> {
                                            begun.countDown();
                                            awaits(frozen);
                                        })
                                        .then(Mono.from(connection.commitTransaction())
                                                .doOnSubscribe(commit -> Threads.PLATFORM.start(() -> ctx.cancel()))),
                                Connection::close)
                        .block(GUARD))
                .isInstanceOf(R2dbcNonTransientResourceException.class)
                .hasMessageContaining("cut off in a commit, outcome unknown: context cancelled")
                .hasCauseInstanceOf(CancelledException.class)
                .satisfies(e -> assertThat(((R2dbcNonTransientResourceException) e).getSqlState())
                        .isEqualTo("08007")));
        awaits(begun);
        signal("STOP");
        frozen.countDown();

        job.join();
    }

    private static void awaits(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
