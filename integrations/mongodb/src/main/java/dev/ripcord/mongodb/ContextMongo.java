package dev.ripcord.mongodb;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoException;
import com.mongodb.MongoOperationTimeoutException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCluster;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// A client, a database or a collection of MongoDB's synchronous driver, used under a context.
///
/// {@snippet class="dev.ripcord.mongodb.MongoExampleTest" region="find"}
///
/// ## Rules
///
/// - [#call] hands out the driver's own object, with the time that the context has left as its timeout, which is the
///   driver's client-side operation timeout. A shorter one that the object has is kept. So the server is told when to
///   stop, and the driver's older timeouts (`maxTime`, `socketTimeoutMS` and so on) give way, as the driver has it.
/// - When the context ends, whatever waits in the driver ends: the selection of a server, the wait for a connection, an
///   operation, `next()` of a cursor or of a change stream. The connection that was waited on is closed, by which the
///   server learns of it; no other is touched.
/// - What the operation returned by then is returned, and the next question to the context tells.
/// - A write that was sent and not answered may have been done.
/// - A context that has ended sends nothing. With one that never ends the call is the driver's own.
/// - All that belongs together is one call: a cursor is opened, read and closed in it. One that is handed out ends with
///   nothing. One that is open at a cancel may stay open in the server until that forgets it.
/// - A transaction is not for `call`: the driver allows no other timeouts in it. See [#inTransaction].
///
/// ## Threads and memory
///
/// A call from a virtual thread runs there. One from a platform thread runs on a virtual thread of its own, for which
/// the caller waits, since only there an interrupt frees a socket; it has the caller's [Context#current()], but not its
/// thread-locals. After a call nothing is registered with the context, and no interrupt is left.
///
/// If somebody else interrupts a caller, the driver is interrupted. What is thrown has the frames of the caller in its
/// stack.
///
/// ## Errors
///
/// If the context has ended when the driver throws a [MongoException], or the operation another exception because it
/// was interrupted, the call throws a [ContextException] that tells which deadline fired or why the context was
/// cancelled, with that exception suppressed. Any other is passed on as it is, so a timeout of the driver's own stays
/// that.
///
/// With the context's time as its timeout, the driver gives up a little before the deadline, since the answer takes its
/// time too. If it does so within the last 100 ms, the call waits for the deadline, and is ended by it.
///
/// ## Cost
///
/// On a virtual thread a registration with the context; on a platform thread a virtual thread besides.
///
/// @param <T> the type of the driver's object
public final class ContextMongo<T> {

    /// A timeout of the driver's with no more than this left of the context is the context's.
    private static final Duration NEAR = Duration.ofMillis(100);

    /// How long the abort of a transaction may take.
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final T target;

    /// The object's own timeout in milliseconds; null or zero for none.
    private final @Nullable Long own;

    private final LongFunction<? extends T> withMillis;

    private ContextMongo(T target, @Nullable Long own, LongFunction<? extends T> withMillis) {
        this.target = target;
        this.own = own;
        this.withMillis = withMillis;
    }

    /// A client, such as a `MongoClient`.
    ///
    /// @param client stays the caller's, to use directly and to close
    /// @return a new one; it holds nothing else
    public static ContextMongo<MongoCluster> of(MongoCluster client) {
        requireNonNull(client, "client");
        return new ContextMongo<>(
                client, client.getTimeout(MILLISECONDS), millis -> client.withTimeout(millis, MILLISECONDS));
    }

    /// A database.
    ///
    /// @param database stays the caller's, to use directly
    /// @return a new one; it holds nothing else
    public static ContextMongo<MongoDatabase> of(MongoDatabase database) {
        requireNonNull(database, "database");
        return new ContextMongo<>(
                database, database.getTimeout(MILLISECONDS), millis -> database.withTimeout(millis, MILLISECONDS));
    }

    /// A collection.
    ///
    /// @param <D> the type of the documents
    /// @param collection stays the caller's, to use directly
    /// @return a new one; it holds nothing else
    public static <D> ContextMongo<MongoCollection<D>> of(MongoCollection<D> collection) {
        requireNonNull(collection, "collection");
        return new ContextMongo<>(
                collection,
                collection.getTimeout(MILLISECONDS),
                millis -> collection.withTimeout(millis, MILLISECONDS));
    }

    /// Calls `operation` under `ctx`, and blocks until it returns.
    ///
    /// @param <V> the type of the result
    /// @param ctx ends the call
    /// @param operation uses what it is given, and not after it has returned
    /// @return what `operation` returned
    /// @throws ContextException if `ctx` ended first, or had ended before
    /// @throws MongoException if it failed otherwise
    public <V extends @Nullable Object> V call(Context ctx, Function<? super T, ? extends V> operation) {
        requireNonNull(ctx, "ctx");
        requireNonNull(operation, "operation");
        ctx.throwIfDone();
        if (ctx.done().isNever()) {
            return operation.apply(target);
        }
        T limited = limited(ctx);
        try {
            return Call.onVirtualThread(
                    () -> Blocking.<V, RuntimeException>interruptible(ctx, () -> operation.apply(limited)));
        } catch (MongoException e) {
            throw reason(ctx, limited != target, e);
        }
    }

    /// Calls `body` in a transaction under `ctx`, and blocks until that is committed or aborted.
    ///
    /// {@snippet class="dev.ripcord.mongodb.MongoExampleTest" region="transaction"}
    ///
    /// - It is [ClientSession#withTransaction], with the time that `ctx` has left as the session's timeout: what fails
    ///   for a moment is tried again, from the start, until `ctx` ends.
    /// - If `ctx` ends before `body` has returned, the body is interrupted and the transaction aborted. If that lasts
    ///   longer than a second, it is left to the server, which aborts what has lasted too long.
    /// - A commit that has begun is not interrupted, and lasts no longer than the driver's timeouts. If it fails, it
    ///   may have been done all the same; the driver labels such an exception.
    ///
    /// @param <V> the type of the result
    /// @param ctx ends the transaction
    /// @param client makes the session; stays the caller's
    /// @param body passes the session to the operations of the client's own collections, which keep their timeouts: the
    ///     driver allows no other within a transaction
    /// @return what `body` returned
    /// @throws ContextException if `ctx` ended first, or had ended before; then nothing is committed, unless a commit
    ///     was under way
    /// @throws MongoException if it failed otherwise
    public static <V extends @Nullable Object> V inTransaction(
            Context ctx, MongoCluster client, Function<? super ClientSession, ? extends V> body) {
        requireNonNull(ctx, "ctx");
        requireNonNull(client, "client");
        requireNonNull(body, "body");
        ctx.throwIfDone();
        ClientSessionOptions.Builder options = ClientSessionOptions.builder();
        long millis = millisLeft(ctx);
        if (millis < Long.MAX_VALUE) {
            options.defaultTimeout(millis, MILLISECONDS);
        }
        try {
            return Call.onVirtualThread(() -> {
                try (ClientSession session = client.startSession(options.build())) {
                    return session.<V>withTransaction(() -> body(ctx, session, body));
                }
            });
        } catch (MongoException e) {
            throw reason(ctx, true, e);
        }
    }

    private static <V extends @Nullable Object> V body(
            Context ctx, ClientSession session, Function<? super ClientSession, ? extends V> body) {
        try {
            V result = Blocking.<V, RuntimeException>interruptible(ctx, () -> body.apply(session));
            ctx.throwIfDone();
            return result;
        } catch (ContextException end) {
            abort(ctx, session);
            throw end;
        }
    }

    @SuppressWarnings("ContextSwallowed") // its caller throws the one that matters
    private static void abort(Context ctx, ClientSession session) {
        try (CancellableContext grace = ctx.withoutCancel().withTimeout(GRACE)) {
            Blocking.interruptible(grace, () -> {
                session.abortTransaction();
                return session;
            });
        } catch (ContextException late) {
            // the server does it
        }
    }

    /// The target with the time that is left, unless its own is shorter.
    private T limited(Context ctx) {
        long millis = millisLeft(ctx);
        boolean sooner = millis < Long.MAX_VALUE && (own == null || own == 0 || own > millis);
        return sooner ? withMillis.apply(millis) : target;
    }

    /// The time that is left in whole milliseconds, but at least one, for zero would be for ever.
    private static long millisLeft(Context ctx) {
        return ctx.deadline()
                .map(deadline -> Math.max(1, deadline.remaining().toMillis()))
                .orElse(Long.MAX_VALUE);
    }

    private static void awaitDeadlineIfNear(Context ctx) {
        boolean near = ctx.deadline()
                .map(deadline -> deadline.remaining().compareTo(NEAR) <= 0)
                .orElse(false);
        try {
            if (near) {
                ctx.done().await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The end of `ctx` with `failure` suppressed if it has ended, else `failure`. The state of the context decides,
    /// not the class of the failure.
    ///
    /// @param timed whether the driver had the time of the context as its timeout
    private static RuntimeException reason(Context ctx, boolean timed, MongoException failure) {
        if (timed && failure instanceof MongoOperationTimeoutException) {
            awaitDeadlineIfNear(ctx);
        }
        try {
            ctx.throwIfDone();
            return failure;
        } catch (ContextException end) {
            end.addSuppressed(failure);
            return end;
        }
    }

    /// The type of the driver's object; not its names.
    @Override
    public String toString() {
        return "ContextMongo(" + target.getClass().getSimpleName() + ")";
    }
}
