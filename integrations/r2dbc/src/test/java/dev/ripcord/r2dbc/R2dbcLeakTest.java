package dev.ripcord.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Deadline;
import dev.ripcord.spi.ForeignContext;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/// What statements that end at random leave behind: nothing.
///
/// More of them: `-Dripcord.calls=20000`.
@ParameterizedClass
@EnumSource(Database.class)
class R2dbcLeakTest {

    private static final int CALLS = Integer.getInteger("ripcord.calls", 1_000);
    private static final int POOL = 4;

    /// More than the pool has connections, so that some wait for one.
    private static final int AT_A_TIME = 6;

    private final Database database;
    private final ConnectionFactory admin;
    private final ConnectionPool pool;
    private final Listened foreign = new Listened();
    private final Context ctx = Context.of(foreign);

    R2dbcLeakTest(Database database) {
        this.database = database;
        admin = database.factory();
        pool = Database.pool(admin, POOL);
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @ParameterizedTest
    @EnumSource
    void statementsThatEndAtRandomLeaveNoneRunningNoConnectionTakenAndNoRegistration(Threads threads)
            throws InterruptedException {
        long seed = System.nanoTime();
        ContextConnectionFactory contexts = ContextConnectionFactory.of(pool).withGrace(Duration.ofSeconds(10));
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(CALLS);

        List<Job> callers = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            Random random = new Random(seed + i);
            callers.add(threads.start(() -> {
                while (left.getAndDecrement() > 0) {
                    try (var call = ctx.withTimeout(Duration.ofNanos(random.nextInt(8_000_000)))) {
                        Flux.usingWhen(
                                        contexts.create(call),
                                        connection -> Database.query(connection, database.slow()),
                                        Connection::close)
                                .blockLast(Duration.ofSeconds(10));
                    } catch (ContextException e) {
                        ended.incrementAndGet();
                    }
                }
            }));
        }
        for (Job caller : callers) {
            caller.thread().join(Duration.ofSeconds(100));
            caller.join();
        }

        assertThat(ended).as("seed %d", seed).hasValue(CALLS);
        var metrics = pool.getMetrics().orElseThrow();
        Database.await("all given back", () -> metrics.acquiredSize() == 0 && metrics.pendingAcquireSize() == 0);
        assertThat(metrics.allocatedSize()).as("connections, seed %d", seed).isBetween(1, POOL);
        Database.await("idle, seed " + seed, () -> database.running(admin) == 0);
        assertThat(foreign.listeners).as("listeners, seed %d", seed).hasValue(0);
        assertThat(Database.value(pool, "select 7")).isEqualTo("7");
    }

    /// A foreign context that never ends and counts who listens to it.
    private static final class Listened implements ForeignContext {

        private final AtomicInteger listeners = new AtomicInteger();

        @Override
        public Optional<End> end() {
            return Optional.empty();
        }

        @Override
        public Optional<Deadline> deadline() {
            return Optional.empty();
        }

        @Override
        public Runnable subscribe(Runnable onEnd) {
            listeners.incrementAndGet();
            return listeners::decrementAndGet;
        }
    }
}
