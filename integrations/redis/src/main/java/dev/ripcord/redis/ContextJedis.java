package dev.ripcord.redis;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.PooledObjectFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.args.UnblockType;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.Pool;

/// Redis commands over Jedis that end with a context.
///
/// {@snippet class="dev.ripcord.redis.RedisExampleTest" region="jedisWork"}
///
/// ## Rules
///
/// - Each call has a connection of the client's pool to itself, so it may send blocking commands (`BLPOP`, `XREAD`,
///   `WAIT` and so on).
/// - When the context ends, the wait for a connection ends, and a blocking command is ended in the server, by `CLIENT
///   UNBLOCK` over another connection. That is sent again until the call has returned, and never reaches a later
///   command of the same connection.
/// - What the server had answered by then is returned: no element that was popped is lost.
/// - A server that does not answer within the grace is cut off: the connection is closed and leaves the pool. Then it
///   is not known whether the command was done.
/// - A context that has ended sends nothing. With one that never ends the call is the client's own.
///
/// ## Threads and memory
///
/// All methods may be called by any number of threads, platform or virtual. What must be stopped is stopped from
/// daemon platform threads of Ripcord's own. A thread is interrupted only while it waits for a connection. After a call
/// nothing is registered with the context.
///
/// ## Errors
///
/// If the context has ended when the client throws a [JedisException], the call throws a [ContextException] that tells
/// which deadline fired or why the context was cancelled, with the client's own exception suppressed. Any other
/// exception is passed on as it is.
///
/// ## Cost
///
/// Nothing is sent but the commands, except for one `CLIENT ID` per connection. The end of a blocking call costs a
/// connection to the server for a moment.
public final class ContextJedis {

    private final Pool<Connection> pool;
    private final Duration grace;

    /// The ids that the server gave to the connections of the pool.
    private final Map<Connection, Long> ids = Collections.synchronizedMap(new WeakHashMap<>());

    private ContextJedis(Pool<Connection> pool, Duration grace) {
        this.pool = pool;
        this.grace = grace;
    }

    /// Commands over the pool of `client`, with a grace of one second.
    ///
    /// @param client stays the caller's, to use directly and to close
    /// @return a new one; it holds nothing else
    public static ContextJedis of(RedisClient client) {
        return new ContextJedis(requireNonNull(client, "client").getPool(), Ending.DEFAULT_GRACE);
    }

    /// The same with another grace: how long a server may take to react before the connection is cut off.
    ///
    /// @param grace zero cuts the connection off at once
    /// @return a new one over the same pool
    /// @throws IllegalArgumentException if `grace` is negative
    public ContextJedis withGrace(Duration grace) {
        return new ContextJedis(pool, Ending.checked(grace));
    }

    /// Calls `commands` under `ctx` with a connection, and blocks until it returns.
    ///
    /// @param <T> the type of the result
    /// @param ctx ends the call
    /// @param commands uses the connection on this thread, and not after it has returned
    /// @return what `commands` returned
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws JedisException if it failed otherwise
    public <T extends @Nullable Object> T call(Context ctx, Function<? super Jedis, ? extends T> commands) {
        requireNonNull(commands, "commands");
        return block(ctx, Duration.ZERO, (jedis, timeout) -> commands.apply(jedis));
    }

    /// Calls `commands` like [#call], with the timeout for its blocking command.
    ///
    /// @param <T> the type of the result
    /// @param ctx ends the call
    /// @param timeout how long the command shall block, if `ctx` does not end; zero for as long as that takes
    /// @param commands uses the connection on this thread, and not after it has returned
    /// @return what `commands` returned
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws JedisException if it failed otherwise
    /// @throws IllegalArgumentException if `timeout` is negative
    public <T extends @Nullable Object> T block(
            Context ctx, Duration timeout, BiFunction<? super Jedis, BlockTimeout, ? extends T> commands) {
        requireNonNull(ctx, "ctx");
        requireNonNull(timeout, "timeout");
        requireNonNull(commands, "commands");
        BlockTimeout limit = BlockTimeout.of(ctx, timeout, grace);
        ctx.throwIfDone();
        try {
            return call(ctx, borrow(ctx), jedis -> commands.apply(jedis, limit));
        } catch (JedisException e) {
            throw Ending.reason(ctx, e);
        }
    }

    private Connection borrow(Context ctx) {
        Connection connection = Blocking.interruptible(ctx, pool::getResource);
        // Else a user who closes the Jedis would give it back while it is in use.
        connection.setHandlingPool(null);
        return connection;
    }

    private <T extends @Nullable Object> T call(
            Context ctx, Connection connection, Function<? super Jedis, ? extends T> commands) {
        Line line = new Line(connection);
        Ending ending = Ending.begin(ctx, grace, line);
        try {
            ctx.throwIfDone();
            Jedis jedis = new Jedis(connection);
            if (!ctx.done().isNever()) {
                line.id = id(connection, jedis);
            }
            return commands.apply(jedis);
        } finally {
            if (ending.leave() && !connection.isBroken()) {
                pool.returnResource(connection);
            } else {
                pool.returnBrokenResource(connection);
            }
        }
    }

    private long id(Connection connection, Jedis jedis) {
        Long known = ids.get(connection);
        if (known == null) {
            known = jedis.clientId();
            ids.put(connection, known);
        }
        return known;
    }

    /// The grace.
    @Override
    public String toString() {
        return "ContextJedis(grace " + grace + ")";
    }

    /// A connection of the pool.
    private final class Line implements Ending.Line {

        private final Connection connection;

        /// The server's number for it, as soon as it is known.
        private volatile long id;

        Line(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void unblock() {
            if (id != 0) {
                PooledObjectFactory<Connection> factory = pool.getFactory();
                try {
                    PooledObject<Connection> other = factory.makeObject();
                    try {
                        new Jedis(other.getObject()).clientUnblock(id, UnblockType.ERROR);
                    } finally {
                        factory.destroyObject(other);
                    }
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new JedisException(e);
                }
            }
        }

        @Override
        public void cut() {
            try {
                connection.forceDisconnect();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
