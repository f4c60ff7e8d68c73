package dev.ripcord.r2dbc;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import reactor.core.publisher.Mono;

/// A [ConnectionFactory] whose connections end with a context.
///
/// {@snippet class="dev.ripcord.r2dbc.R2dbcExampleTest" region="query"}
///
/// R2DBC has no way to stop a statement: a subscription that is cancelled, or that times out, leaves the database
/// working, and the next statement on that connection waits for it. Here the end of the context stops it.
///
/// ## Rules
///
/// - A connection belongs to the context that it was created with. It is used by one subscriber at a time, as R2DBC has
///   it.
/// - When the context ends, the wait for a connection ends, and what the connection runs is stopped in the database:
///   again until its publisher has terminated, and never so that it hits the next statement.
/// - Then an open transaction is rolled back, also if nobody uses the connection, so that its locks are free.
/// - A database that does not react within the grace is cut off: the connection is closed, and a pool drops it.
/// - From then on statements are refused. Rollback, validation and close are always allowed, once all that is done.
/// - `commitTransaction` after the end fails. A commit that has begun is not stopped; if it has to be cut off, nobody
///   knows whether it happened, and the failure says so (SQLState 08007).
/// - A subscription that is cancelled while the context goes on stops its statement too, unless it is cancelled from
///   within a signal, as `Mono.from`, `next` and `take` do, which have got what they wanted. What comes next on that
///   connection, be it `close`, waits until the database answers; within a grace, or it is cut off.
/// - A context that never ends gives the factory's own connections.
/// - `unwrap` leads around all this.
///
/// ## Drivers
///
/// PostgreSQL stops a statement by `cancelRequest()`; MariaDB by `KILL QUERY`, over another connection of the innermost
/// factory, so never one of the pool, to the same host and port. The connection is as good as new after that. With any
/// other driver it is closed, if it runs a statement when its context ends.
///
/// ## Threads and memory
///
/// What must be stopped is stopped from daemon platform threads of Ripcord's own; after the end, what follows a
/// rollback, a validation or a close may run on one. When a connection has been closed, nothing is registered with its
/// context.
///
/// ## Errors
///
/// If the context has ended when a publisher fails, it fails with a [ContextException] that tells which deadline fired
/// or why the context was cancelled, with the driver's own exception suppressed. So it does if rows come after the end,
/// which are dropped; how many rows a statement has changed is told. A failure before the end is passed on as it is.
///
/// ## Cost
///
/// Nothing is sent but what the caller sends. A statement costs the guard two short locks; the end of one that runs, a
/// connection to the database for a moment.
public final class ContextConnectionFactory implements ConnectionFactory, Wrapped<ConnectionFactory> {

    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(1);

    private final ConnectionFactory factory;
    private final Drivers drivers;
    private final Duration grace;

    private ContextConnectionFactory(ConnectionFactory factory, Drivers drivers, Duration grace) {
        this.factory = factory;
        this.drivers = drivers;
        this.grace = grace;
    }

    /// `factory` with connections that end with a context, and a grace of one second.
    ///
    /// @param factory a pool, or a driver's own
    /// @return a new one; it holds nothing else
    public static ContextConnectionFactory of(ConnectionFactory factory) {
        requireNonNull(factory, "factory");
        return new ContextConnectionFactory(factory, Drivers.of(factory), DEFAULT_GRACE);
    }

    /// The same with another grace: how long a database may take to react before the connection is cut off.
    ///
    /// @param grace by the clock of the context; zero cuts the connection off as soon as the database was asked once to
    ///     stop, for which it has a quarter of a second, however short the grace
    /// @return a new one over the same factory
    /// @throws IllegalArgumentException if `grace` is negative
    public ContextConnectionFactory withGrace(Duration grace) {
        requireNonNull(grace, "grace");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        return new ContextConnectionFactory(factory, drivers, grace);
    }

    /// A connection that ends with `ctx`.
    ///
    /// @param ctx what to bind it to
    /// @return gives a connection; fails with a [ContextException] if `ctx` ends before there is one
    public Mono<Connection> create(Context ctx) {
        requireNonNull(ctx, "ctx");
        return Mono.defer(() -> open(ctx));
    }

    /// A connection that ends with the context of whoever subscribes: the one that Reactor's context has under the key
    /// `Context.class`, or the [Context#current()] of the thread.
    ///
    /// {@snippet class="dev.ripcord.r2dbc.R2dbcExampleTest" region="ambient"}
    @Override
    public Mono<Connection> create() {
        return Mono.deferContextual(
                view -> open(view.<Context>getOrEmpty(Context.class).orElseGet(Context::current)));
    }

    private Mono<Connection> open(Context ctx) {
        if (ctx.done().isNever()) {
            return Mono.from(factory.create());
        }
        return Acquisition.acquire(ctx, factory, drivers, grace);
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return factory.getMetadata();
    }

    @Override
    public ConnectionFactory unwrap() {
        return factory;
    }

    /// The factory and the grace.
    @Override
    public String toString() {
        return "ContextConnectionFactory(" + factory + ", grace " + grace + ")";
    }
}
