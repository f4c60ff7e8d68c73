package dev.ripcord.redis;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import dev.ripcord.spi.DaemonThreads;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Redis commands over Lettuce that end with a context.
///
/// {@snippet class="dev.ripcord.redis.RedisExampleTest" region="lettuce"}
///
/// ## Rules
///
/// - [#call] sends a command over one connection that all share, and waits for the answer or for the end of the
///   context. A command that has not been sent by then is not sent. One that has been is carried out, and its answer
///   is dropped: do not pop with it.
/// - [#block] sends a blocking command (`BLPOP`, `XREAD`, `WAIT` and so on) over a connection that it has to itself.
///   When the context ends, it is ended in the server, by `CLIENT UNBLOCK` over the shared connection. That is sent
///   again until the call has returned, and never reaches a later command of the same connection.
/// - What the server has answered to a blocking command by then is returned: no element that was popped is lost.
/// - A server that does not answer a blocking command within the grace is cut off: the connection is closed. Then it is
///   not known whether the command was done.
/// - A context that has ended sends nothing.
/// - The connection's own timeout is in force for `call`, and not for `block`.
///
/// ## Threads and memory
///
/// All methods may be called by any number of threads, platform or virtual. What must be stopped is stopped from
/// daemon platform threads of Ripcord's own; no thread is interrupted. After a call nothing is registered with the
/// context.
///
/// The connections of `block` are kept for the next: as many as there were calls at a time.
///
/// ## Errors
///
/// If the context has ended when the client fails, the call throws a [ContextException] that tells which deadline
/// fired or why the context was cancelled, with the client's own exception suppressed. Any other exception is passed
/// on as it is.
///
/// @param <K> the type of the keys
/// @param <V> the type of the values
public final class ContextLettuce<K, V> implements AutoCloseable {

    private final Connections<K, V> connections;
    private final Duration grace;

    private ContextLettuce(Connections<K, V> connections, Duration grace) {
        this.connections = connections;
        this.grace = grace;
    }

    /// Connects `client`, for keys and values that are strings, with a grace of one second.
    ///
    /// @param client stays the caller's, to use directly and to shut down
    /// @return a new one, to be closed
    /// @throws RedisException if it cannot connect
    public static ContextLettuce<String, String> of(RedisClient client) {
        return of(client, StringCodec.UTF8);
    }

    /// Connects `client`, with a grace of one second.
    ///
    /// @param <K> the type of the keys
    /// @param <V> the type of the values
    /// @param client stays the caller's, to use directly and to shut down
    /// @param codec for keys and values
    /// @return a new one, to be closed
    /// @throws RedisException if it cannot connect
    public static <K, V> ContextLettuce<K, V> of(RedisClient client, RedisCodec<K, V> codec) {
        requireNonNull(client, "client");
        requireNonNull(codec, "codec");
        return new ContextLettuce<>(new Connections<>(client, codec), Ending.DEFAULT_GRACE);
    }

    /// The same with another grace: how long a server may take to react to the end of a blocking command before the
    /// connection is cut off.
    ///
    /// @param grace zero cuts the connection off at once
    /// @return a new one over the same connections; closing either closes them
    /// @throws IllegalArgumentException if `grace` is negative
    public ContextLettuce<K, V> withGrace(Duration grace) {
        return new ContextLettuce<>(connections, Ending.checked(grace));
    }

    /// Sends a command over the shared connection, and waits for its answer.
    ///
    /// @param <T> the type of the answer
    /// @param ctx ends the wait
    /// @param command sends one command that does not block
    /// @return the answer
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws RedisException if it failed otherwise
    public <T extends @Nullable Object> T call(
            Context ctx, Function<? super RedisAsyncCommands<K, V>, ? extends RedisFuture<T>> command) {
        requireNonNull(ctx, "ctx").throwIfDone();
        RedisFuture<T> future = command.apply(connections.shared.async());
        Registration cancelling = ctx.afterFunc(DaemonThreads.executor(), () -> future.cancel(true));
        try {
            return await(ctx, future, connections.shared.getTimeout());
        } finally {
            cancelling.stop();
        }
    }

    /// Sends a blocking command over a connection of its own, and waits for its answer for as long as that takes.
    ///
    /// @param <T> the type of the answer
    /// @param ctx ends the command
    /// @param command sends one command, with the timeout that it is given
    /// @return the answer
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws RedisException if it failed otherwise
    public <T extends @Nullable Object> T block(
            Context ctx, BiFunction<? super RedisAsyncCommands<K, V>, BlockTimeout, ? extends RedisFuture<T>> command) {
        return block(ctx, Duration.ZERO, command);
    }

    /// Sends a blocking command over a connection of its own, and waits for its answer.
    ///
    /// @param <T> the type of the answer
    /// @param ctx ends the command
    /// @param timeout how long the command shall block, if `ctx` does not end; zero for as long as that takes
    /// @param command sends one command, with the timeout that it is given
    /// @return the answer; what Redis answers after the timeout is mostly null
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws RedisException if it failed otherwise
    /// @throws IllegalArgumentException if `timeout` is negative
    public <T extends @Nullable Object> T block(
            Context ctx,
            Duration timeout,
            BiFunction<? super RedisAsyncCommands<K, V>, BlockTimeout, ? extends RedisFuture<T>> command) {
        requireNonNull(ctx, "ctx");
        BlockTimeout limit = BlockTimeout.of(ctx, requireNonNull(timeout, "timeout"), grace);
        requireNonNull(command, "command");
        ctx.throwIfDone();
        Dedicated<K, V> connection = connections.take(ctx);
        boolean clean = true;
        try {
            ctx.throwIfDone();
            clean = false;
            RedisFuture<T> future = command.apply(connection.commands(), limit);
            Ending ending = Ending.begin(ctx, grace, connection.line(future, connections.shared, grace));
            boolean answered = false;
            try {
                T answer = await(ctx, future, Duration.ZERO);
                answered = true;
                return answer;
            } finally {
                clean = ending.leave() && (answered || isRefused(future));
            }
        } finally {
            connections.giveBack(connection, clean);
        }
    }

    /// Whether the server has answered with an error.
    private static boolean isRefused(RedisFuture<?> future) {
        return future.toCompletableFuture().isCompletedExceptionally()
                && future.toCompletableFuture().exceptionNow() instanceof RedisCommandExecutionException;
    }

    /// @param timeout zero for as long as it takes
    private static <T extends @Nullable Object> T await(Context ctx, RedisFuture<T> future, Duration timeout) {
        try {
            return LettuceFutures.awaitOrCancel(future, timeout.toNanos(), NANOSECONDS);
        } catch (RedisException | CancellationException e) {
            throw Ending.reason(ctx, e);
        }
    }

    /// Closes the connections; one that a call waits on is closed when the call returns.
    @Override
    public void close() {
        connections.close();
    }

    /// The grace.
    @Override
    public String toString() {
        return "ContextLettuce(grace " + grace + ")";
    }

    /// The connections, shared and dedicated.
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for what is opened too late, nor for a close
    private static final class Connections<K, V> {

        private final RedisClient client;
        private final RedisCodec<K, V> codec;
        private final StatefulRedisConnection<K, V> shared;

        private final Deque<Dedicated<K, V>> idle = new ConcurrentLinkedDeque<>();
        private volatile boolean closed;

        Connections(RedisClient client, RedisCodec<K, V> codec) {
            this.client = client;
            this.codec = codec;
            this.shared = client.connect(codec);
        }

        /// An idle connection, or a new one. It is opened on a thread of ours, which a caller whose context ends leaves
        /// behind.
        Dedicated<K, V> take(Context ctx) {
            for (Dedicated<K, V> kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
                if (kept.isUsable()) {
                    return kept;
                }
                kept.close();
            }
            CompletableFuture<Dedicated<K, V>> opening =
                    CompletableFuture.supplyAsync(() -> Dedicated.open(client, codec), DaemonThreads.executor());
            boolean taken = false;
            try {
                Dedicated<K, V> opened = Blocking.await(ctx, opening);
                taken = true;
                return opened;
            } catch (ExecutionException e) {
                throw Ending.reason(ctx, e.getCause() instanceof RuntimeException own ? own : new RedisException(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RedisCommandInterruptedException(e);
            } finally {
                if (!taken) {
                    opening.thenAccept(late -> giveBack(late, idle.isEmpty()));
                }
            }
        }

        void giveBack(Dedicated<K, V> connection, boolean clean) {
            if (clean && connection.isUsable()) {
                idle.addFirst(connection);
            } else {
                connection.close();
            }
            if (closed) {
                closeIdle();
            }
        }

        void close() {
            if (!closed) {
                closed = true;
                shared.close();
                closeIdle();
            }
        }

        private void closeIdle() {
            for (Dedicated<K, V> kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
                kept.closeAndWait();
            }
        }
    }
}
