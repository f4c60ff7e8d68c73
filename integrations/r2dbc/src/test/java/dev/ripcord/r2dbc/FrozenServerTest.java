package dev.ripcord.r2dbc;

import static dev.ripcord.r2dbc.Database.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.r2dbc.Database.Server;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.ManualClock;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// A database that stops answering: all its processes are stopped by a signal while a statement runs.
@ParameterizedClass
@EnumSource(Database.class)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no signal that stops a process")
class FrozenServerTest {

    private static final Duration GUARD = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofMillis(300);
    private static final Map<Database, Server> SERVERS = new EnumMap<>(Database.class);

    private final Database database;
    private final Server server;
    private final ConnectionFactory admin;
    private final ConnectionPool pool;
    private final ContextConnectionFactory contexts;
    private final ManualClock clock = new ManualClock();
    private final CancellableContext ctx = clock.root().withCancel();

    FrozenServerTest(Database database) {
        this.database = database;
        server = SERVERS.computeIfAbsent(database, Database::start);
        admin = Database.factory(server.url());
        pool = Database.pool(admin, 1);
        contexts = ContextConnectionFactory.of(pool).withGrace(GRACE);
    }

    @AfterEach
    void thePoolIsUsableOnceTheServerGoesOn() throws Exception {
        server.signal("CONT");
        assertThat(Database.value(pool, "select 7")).isEqualTo("7");
        pool.close();
    }

    @ParameterizedTest
    @EnumSource
    void aStatementIsLeftAfterTheGrace(Threads threads) throws Exception {
        // the one of another test may still run: its server was frozen when it was cut off
        String slow = database.slow() + " /* " + threads + " */";
        Job job = threads.start(() -> assertThatThrownBy(() -> Flux.usingWhen(
                                contexts.create(ctx), connection -> query(connection, slow), Connection::close)
                        .blockLast(GUARD))
                .isInstanceOf(CancelledException.class));
        Database.await("runs", () -> database.running(admin, slow) == 1);
        server.signal("STOP");

        ctx.cancel();
        Database.await("the grace begins", () -> clock.timers() == 1);
        clock.advance(GRACE.minusNanos(1));
        assertThat(job.task().isDone()).isFalse();
        clock.advance(Duration.ofNanos(1));

        job.join();
    }

    @Test
    void aSubscriptionThatIsCancelledWaitsForTheGraceOfTheClock() throws Exception {
        String slow = database.slow() + " /* cancelled */";
        Gate closed = new Gate();
        Disposable subscription = Flux.usingWhen(
                        contexts.create(ctx),
                        connection -> query(connection, slow),
                        connection -> Mono.from(connection.close()).doOnTerminate(closed::open))
                .subscribe();
        Database.await("runs", () -> database.running(admin, slow) == 1);
        server.signal("STOP");

        subscription.dispose();
        Database.await("the grace begins", () -> clock.timers() == 1);
        clock.advance(GRACE.minusNanos(1));
        assertThat(closed.isOpen()).isFalse();
        clock.advance(Duration.ofNanos(1));

        closed.await();
    }

    @Test
    void aCommitIsLeftAfterTheGraceWithAnUnknownOutcome() throws Exception {
        Database.execute(admin, "create table perhaps (id int)");
        Gate begun = new Gate();
        Gate frozen = new Gate();
        Job job = Threads.PLATFORM.start(() -> assertThatThrownBy(() -> Mono.usingWhen(
                                contexts.create(ctx),
                                connection -> Mono.from(connection.beginTransaction())
                                        .thenMany(query(connection, "insert into perhaps values (1)"))
                                        .doOnComplete(() -> {
                                            begun.open();
                                            frozen.await();
                                        })
                                        .then(Mono.from(connection.commitTransaction())
                                                .doOnSubscribe(commit -> Threads.PLATFORM.start(() -> ctx.cancel()))),
                                Connection::close)
                        .block(GUARD))
                .isInstanceOf(R2dbcNonTransientResourceException.class)
                .hasMessageStartingWith("cut off in a commit, outcome unknown: context cancelled")
                .hasCauseInstanceOf(CancelledException.class)
                .satisfies(e -> assertThat(((R2dbcNonTransientResourceException) e).getSqlState())
                        .isEqualTo("08007")));
        begun.await();
        server.signal("STOP");
        frozen.open();
        Database.await("the grace begins", () -> clock.timers() == 1);
        clock.advance(GRACE);

        job.join();
    }
}
