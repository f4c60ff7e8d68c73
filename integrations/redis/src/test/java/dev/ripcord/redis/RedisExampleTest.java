package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.lettuce.core.KeyValue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/// The code that the documentation shows.
class RedisExampleTest {

    private final RedisServer server = RedisServer.shared();
    private final List<String> processed = new CopyOnWriteArrayList<>();

    @BeforeEach
    void thereIsAUser() {
        try (Jedis admin = server.admin()) {
            admin.flushDB();
            admin.set("user:1", "ada");
        }
    }

    private void process(Context ctx, String job) {
        ctx.throwIfDone();
        processed.add(job);
    }

    // @start region="lettuce"
    @Nullable
    String user(Context ctx, ContextLettuce<String, String> redis, long id) {
        try (var call = ctx.withTimeout(Duration.ofMillis(50), "user lookup")) {
            return redis.call(call, commands -> commands.get("user:" + id));
        }
    }

    void work(Context ctx, ContextLettuce<String, String> redis) {
        while (true) {
            KeyValue<String, String> job =
                    redis.block(ctx, (commands, timeout) -> commands.blpop(timeout.seconds(), "jobs"));
            process(ctx, job.getValue()); // a job, or the end: whichever is first
        }
    }
    // @end

    // @start region="jedisUser"
    @Nullable
    String user(Context ctx, ContextJedis redis, long id) {
        try (var call = ctx.withTimeout(Duration.ofMillis(50), "user lookup")) {
            return redis.call(call, jedis -> jedis.get("user:" + id));
        }
    }
    // @end

    // @start region="jedisWork"
    void work(Context ctx, ContextJedis redis) {
        while (true) {
            var job = redis.call(ctx, jedis -> jedis.blpop(0, "jobs")); // 0: until there is a job, or ctx ends
            process(ctx, job.getLast());
        }
    }
    // @end

    @Test
    void aWorkerOverLettuceWorksUntilTheContextEnds() {
        var client = server.lettuce();
        try (var redis = ContextLettuce.of(client)) {
            assertThat(user(Context.background(), redis, 1)).isEqualTo("ada");
            worksUntilTheEnd(ctx -> work(ctx, redis));
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        }
    }

    @Test
    void aWorkerOverJedisWorksUntilTheContextEnds() {
        try (RedisClient client = server.jedis(1)) {
            ContextJedis redis = ContextJedis.of(client);
            assertThat(user(Context.background(), redis, 1)).isEqualTo("ada");
            worksUntilTheEnd(ctx -> work(ctx, redis));
        }
    }

    private interface Worker {
        void work(Context ctx);
    }

    private void worksUntilTheEnd(Worker worker) {
        CancellableContext ctx = Context.background().withCancel();
        Job job = Threads.VIRTUAL.start(
                () -> assertThatThrownBy(() -> worker.work(ctx)).isInstanceOf(CancelledException.class));
        try (Jedis admin = server.admin()) {
            admin.rpush("jobs", "a", "b");
        }
        RealTime.await("both done", () -> processed.size() == 2);
        server.awaitBlocked(1);

        ctx.cancel();

        job.join();
        assertThat(processed).containsExactly("a", "b");
    }
}
