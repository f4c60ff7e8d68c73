package dev.ripcord.r2dbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/// How long after the end of the context the subscriber of a statement is told, and the database no longer runs it.
///
/// The figures of the guide: `-Dripcord.latencies=1000`.
class R2dbcLatencyTest {

    private static final int COUNT = Integer.getInteger("ripcord.latencies", 10);

    @ParameterizedTest
    @EnumSource
    void theSubscriberAndTheDatabaseAreFreeSoonAfterTheEnd(Database database) {
        long[] told = new long[COUNT];
        long[] idle = new long[COUNT];
        ConnectionPool admin = Database.pool(database.factory(), 1);
        ConnectionPool pool = Database.pool(database.factory(), 1);
        ContextConnectionFactory contexts = ContextConnectionFactory.of(pool).withGrace(Duration.ofSeconds(10));
        for (int i = 0; i < COUNT; i++) {
            CancellableContext ctx = Context.background().withCancel();
            long[] freed = new long[1];
            Job job = Threads.PLATFORM.start(() -> {
                Flux<String> rows = Flux.usingWhen(
                        contexts.create(ctx),
                        connection -> Database.query(connection, database.slow())
                                .doOnError(failure -> freed[0] = System.nanoTime()),
                        Connection::close);
                assertThatThrownBy(() -> rows.blockLast(Duration.ofSeconds(10))).isInstanceOf(CancelledException.class);
            });
            Database.await("runs", () -> database.running(admin) == 1);

            long start = System.nanoTime();
            ctx.cancel();
            Database.await("idle", () -> database.running(admin) == 0);
            idle[i] = System.nanoTime() - start;
            job.join();
            told[i] = freed[0] - start;
        }
        print(database + ", subscriber told", told);
        print(database + ", database idle", idle);
        pool.close();
        admin.close();
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-32s n=%d p50=%.2f ms p99=%.2f ms max=%.2f ms%n",
                what,
                nanos.length,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length * 99 / 100] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }
}
