package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.redis.Client.Calls;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;

/// A Redis that stops answering: its process is stopped by a signal while a call waits.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no signal that stops a process")
class FrozenServerTest {

    private static final Duration GRACE = Duration.ofMillis(300);

    private final CancellableContext ctx = Context.background().withCancel();
    private RedisServer server;

    @BeforeEach
    void start() {
        server = RedisServer.start();
        try (Jedis admin = server.admin()) {
            admin.set("name", "ada");
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"LETTUCE, PLATFORM", "LETTUCE, VIRTUAL", "JEDIS, PLATFORM", "JEDIS, VIRTUAL"})
    void aBlockingCommandIsLeftAfterTheGraceAndAllIsWellOnceTheServerGoesOn(Client client, Threads threads)
            throws Exception {
        try (Calls redis = client.connect(server, GRACE)) {
            CancellableContext call = ctx.withCancel();
            Job job = threads.start(() -> assertThatThrownBy(() -> redis.pop(call, Duration.ZERO, "none"))
                    .isInstanceOf(CancelledException.class));
            server.awaitBlocked(1);
            server.signal("STOP");

            long start = System.nanoTime();
            call.cancel();
            job.join();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(GRACE, GRACE.plusSeconds(5));
            server.signal("CONT");
            server.awaitBlocked(0);
            assertThat(redis.get(ctx, "name")).isEqualTo("ada");
            assertThat(redis.pop(ctx, Duration.ofMillis(1), "none")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCommandOfJedisIsLeftAfterTheGrace(Threads threads) throws Exception {
        try (Calls redis = Client.JEDIS.connect(server, GRACE)) {
            assertThat(redis.get(ctx, "name")).isEqualTo("ada");
            server.signal("STOP");
            CancellableContext call = ctx.withCancel();
            Job job = threads.start(
                    () -> assertThatThrownBy(() -> redis.get(call, "name")).isInstanceOf(CancelledException.class));

            call.cancel();

            job.join();
            server.signal("CONT");
            assertThat(redis.get(ctx, "name")).isEqualTo("ada");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCommandOfLettuceIsLeftAtOnceAndItsConnectionIsKept(Threads threads) throws Exception {
        try (Calls redis = Client.LETTUCE.connect(server, Duration.ofMinutes(1))) {
            long connected = server.connected();
            server.signal("STOP");
            CancellableContext call = ctx.withCancel();
            Job job = threads.start(
                    () -> assertThatThrownBy(() -> redis.get(call, "name")).isInstanceOf(CancelledException.class));
            job.awaitParked();

            call.cancel();

            job.join();
            server.signal("CONT");
            assertThat(redis.get(ctx, "name")).isEqualTo("ada");
            assertThat(server.connected()).isEqualTo(connected);
        }
    }
}
