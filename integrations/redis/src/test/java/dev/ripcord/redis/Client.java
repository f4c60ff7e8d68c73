package dev.ripcord.redis;

import dev.ripcord.Context;
import io.lettuce.core.Consumer;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.params.XReadParams;

/// The two clients, for tests that run with each.
enum Client {
    LETTUCE {
        @Override
        Calls connect(RedisServer server, Duration grace) {
            io.lettuce.core.RedisClient client = server.lettuce();
            ContextLettuce<String, String> redis = ContextLettuce.of(client).withGrace(grace);
            return new Calls() {

                @Override
                public @Nullable String get(Context ctx, String key) {
                    return redis.call(ctx, commands -> commands.get(key));
                }

                @Override
                public @Nullable Object block(Context ctx, Duration timeout, Command command) {
                    return redis.block(ctx, timeout, (commands, limit) -> command.send(commands, limit));
                }

                @Override
                public @Nullable String pop(Context ctx, Duration timeout, String key) {
                    var popped = redis.block(ctx, timeout, (commands, limit) -> commands.blpop(limit.seconds(), key));
                    return popped == null ? null : popped.getValue();
                }

                @Override
                public void close() {
                    redis.close();
                    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
                }
            };
        }
    },

    JEDIS {
        @Override
        Calls connect(RedisServer server, Duration grace) {
            RedisClient client = server.jedis(POOL);
            ContextJedis redis = ContextJedis.of(client).withGrace(grace);
            return new Calls() {

                @Override
                public @Nullable String get(Context ctx, String key) {
                    return redis.call(ctx, jedis -> jedis.get(key));
                }

                @Override
                public @Nullable Object block(Context ctx, Duration timeout, Command command) {
                    return redis.block(ctx, timeout, command::call);
                }

                @Override
                public @Nullable String pop(Context ctx, Duration timeout, String key) {
                    var popped = redis.block(ctx, timeout, (jedis, limit) -> jedis.blpop(limit.seconds(), key));
                    return popped == null ? null : popped.getValue();
                }

                @Override
                public void close() {
                    client.close();
                }
            };
        }
    };

    static final int POOL = 8;

    /// What tests call, with whichever client.
    interface Calls extends AutoCloseable {

        @Nullable
        String get(Context ctx, String key);

        @Nullable
        Object block(Context ctx, Duration timeout, Command command);

        /// The value that `BLPOP` pops.
        @Nullable
        String pop(Context ctx, Duration timeout, String key);

        @Override
        void close();
    }

    /// Connects, with what ends with the context.
    abstract Calls connect(RedisServer server, Duration grace);

    /// The blocking commands. Each finds nothing and blocks.
    enum Command {
        BLPOP,
        BRPOP,
        BLMOVE,
        BZPOPMIN,
        XREAD,
        XREADGROUP,
        WAIT;

        @SuppressWarnings("unchecked") // Lettuce's arrays of streams
        RedisFuture<?> send(RedisAsyncCommands<String, String> redis, BlockTimeout limit) {
            return switch (this) {
                case BLPOP -> redis.blpop(limit.seconds(), "none");
                case BRPOP -> redis.brpop(limit.seconds(), "none");
                case BLMOVE -> redis.blmove("none", "other", LMoveArgs.Builder.leftRight(), limit.seconds());
                case BZPOPMIN -> redis.bzpopmin(limit.seconds(), "none");
                case XREAD -> redis.xread(XReadArgs.Builder.block(limit.millis()), StreamOffset.from("stream", "$"));
                case XREADGROUP ->
                    redis.xreadgroup(
                            Consumer.from("group", "one"),
                            XReadArgs.Builder.block(limit.millis()),
                            StreamOffset.lastConsumed("stream"));
                case WAIT -> redis.waitForReplication(1, limit.millis());
            };
        }

        @Nullable
        Object call(Jedis redis, BlockTimeout limit) {
            return switch (this) {
                case BLPOP -> redis.blpop(limit.seconds(), "none");
                case BRPOP -> redis.brpop(limit.seconds(), "none");
                case BLMOVE -> redis.blmove("none", "other", ListDirection.LEFT, ListDirection.RIGHT, limit.seconds());
                case BZPOPMIN -> redis.bzpopmin(limit.seconds(), "none");
                case XREAD ->
                    redis.xread(
                            XReadParams.xReadParams().block((int) limit.millis()),
                            Map.of("stream", StreamEntryID.XREAD_NEW_ENTRY));
                case XREADGROUP ->
                    redis.xreadGroup(
                            "group",
                            "one",
                            XReadGroupParams.xReadGroupParams().block((int) limit.millis()),
                            Map.of("stream", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
                case WAIT -> redis.waitReplicas(1, limit.millis());
            };
        }
    }
}
