package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.redis.Client.Calls;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;

/// How long after the end of the context the caller of a `BLPOP` is free, and the server no longer blocks.
///
/// The figures of the guide: `-Dripcord.latencies=1000`.
class RedisLatencyTest {

    private static final int COUNT = Integer.getInteger("ripcord.latencies", 20);

    private final RedisServer server = RedisServer.shared();

    @ParameterizedTest
    @CsvSource({"LETTUCE, PLATFORM", "LETTUCE, VIRTUAL", "JEDIS, PLATFORM", "JEDIS, VIRTUAL"})
    void theCallerAndTheServerAreFreeSoonAfterTheEnd(Client client, Threads threads) {
        long[] caller = new long[COUNT];
        long[] idle = new long[COUNT];
        try (Calls redis = client.connect(server, Duration.ofSeconds(10));
                Jedis admin = server.admin()) {
            for (int i = 0; i < COUNT; i++) {
                CancellableContext ctx = Context.background().withCancel();
                long[] freed = new long[1];
                Job job = threads.start(() -> {
                    assertThatThrownBy(() -> redis.pop(ctx, Duration.ZERO, "none"))
                            .isInstanceOf(CancelledException.class);
                    freed[0] = System.nanoTime();
                });
                server.awaitBlocked(1);

                long start = System.nanoTime();
                ctx.cancel();
                RealTime.await("idle", () -> server.blocked(admin) == 0);
                idle[i] = System.nanoTime() - start;
                job.join();
                caller[i] = freed[0] - start;
            }
        }
        print(client + " " + threads + ", caller free", caller);
        print(client + " " + threads + ", server idle", idle);
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-32s n=%d p50=%.2f ms max=%.2f ms%n",
                what,
                nanos.length,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }
}
