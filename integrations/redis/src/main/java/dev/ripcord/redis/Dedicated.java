package dev.ripcord.redis;

import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.UnblockType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.RedisCodec;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A connection of Lettuce's that one call at a time has to itself.
final class Dedicated<K, V> implements RedisConnectionStateListener {

    private final StatefulRedisConnection<K, V> connection;

    /// The server's number for it.
    private final long id;

    /// Whether Lettuce has connected anew since, so that the number is another one. Goes from false to true once.
    private volatile boolean stale;

    private final AtomicBoolean closed = new AtomicBoolean();

    private Dedicated(StatefulRedisConnection<K, V> connection) {
        this.connection = connection;
        connection.addListener(this);
        this.id = connection.sync().clientId();
    }

    /// Connects.
    static <K, V> Dedicated<K, V> open(RedisClient client, RedisCodec<K, V> codec) {
        StatefulRedisConnection<K, V> connection = client.connect(codec);
        try {
            return new Dedicated<>(connection);
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
        stale = true;
    }

    boolean isUsable() {
        return !stale && connection.isOpen();
    }

    RedisAsyncCommands<K, V> commands() {
        return connection.async();
    }

    /// Closes it, without waiting for that.
    @SuppressWarnings("FutureReturnValueIgnored")
    void close() {
        if (closed.compareAndSet(false, true)) {
            connection.closeAsync();
        }
    }

    void closeAndWait() {
        if (closed.compareAndSet(false, true)) {
            connection.close();
        }
    }

    /// What is to be done when the context of a call that waits for `future` ends.
    Ending.Line line(RedisFuture<?> future, StatefulRedisConnection<K, V> other, Duration grace) {
        return new Ending.Line() {

            @Override
            public void unblock() {
                RedisFuture<Long> answer = other.async().clientUnblock(id, UnblockType.ERROR);
                LettuceFutures.awaitOrCancel(answer, Math.max(1, grace.toNanos()), TimeUnit.NANOSECONDS);
            }

            @Override
            public void cut() {
                close();
                future.cancel(true);
            }
        };
    }
}
