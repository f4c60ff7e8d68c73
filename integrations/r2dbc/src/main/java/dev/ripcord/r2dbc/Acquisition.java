package dev.ripcord.r2dbc;

import dev.ripcord.Context;
import dev.ripcord.Registration;
import dev.ripcord.spi.DaemonThreads;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/// Waits for one connection until the context ends, or the subscriber leaves.
///
/// The wait in a pool is given up then. Any other factory is connecting, and what it makes too late is closed.
final class Acquisition implements CoreSubscriber<Connection> {

    /// Known to lose no connection when its subscriber leaves.
    private static final String POOL = "io.r2dbc.pool.ConnectionPool";

    @SuppressWarnings("ContextInField") // a connection belongs to the context that it was created with
    private final Context ctx;

    private final boolean pooled;
    private final Drivers drivers;
    private final Duration grace;
    private final MonoSink<Connection> sink;

    /// Goes from false to true once: whoever sets it signals, or has left.
    private final AtomicBoolean settled = new AtomicBoolean();

    // Whoever writes one of these reads the other.
    private volatile @Nullable Subscription upstream;
    private volatile boolean givenUp;

    private Acquisition(Context ctx, boolean pooled, Drivers drivers, Duration grace, MonoSink<Connection> sink) {
        this.ctx = ctx;
        this.pooled = pooled;
        this.drivers = drivers;
        this.grace = grace;
        this.sink = sink;
    }

    static Mono<Connection> acquire(Context ctx, ConnectionFactory factory, Drivers drivers, Duration grace) {
        boolean pooled = factory.getClass().getName().equals(POOL);
        return Mono.<Connection>create(sink -> {
                    ctx.throwIfDone();
                    new Acquisition(ctx, pooled, drivers, grace, sink).begin(factory);
                })
                .doOnDiscard(GuardedConnection.class, Acquisition::close);
    }

    private void begin(ConnectionFactory factory) {
        Registration registration = ctx.afterFunc(DaemonThreads.executor(), this::end);
        sink.onDispose(() -> {
            registration.stop();
            if (settle()) {
                giveUp();
            }
        });
        factory.create().subscribe(this);
    }

    @Override
    public reactor.util.context.Context currentContext() {
        return reactor.util.context.Context.of(sink.contextView());
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        if (givenUp) {
            subscription.cancel();
        } else {
            subscription.request(1);
        }
    }

    @Override
    public void onNext(Connection connection) {
        if (settle()) {
            sink.success(new GuardedConnection(connection, new Guard(ctx, drivers.of(connection), grace)));
        } else {
            close(connection);
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (settle()) {
            sink.error(Guard.reason(ctx, failure));
        }
    }

    @Override
    public void onComplete() {
        if (settle()) {
            sink.success();
        }
    }

    private void end() {
        if (settle()) {
            giveUp();
            sink.error(Guard.refusal(ctx));
        }
    }

    private boolean settle() {
        return settled.compareAndSet(false, true);
    }

    private void giveUp() {
        if (pooled) {
            givenUp = true;
            Subscription subscription = upstream;
            if (subscription != null) {
                subscription.cancel();
            }
        }
    }

    private static void close(Connection connection) {
        Mono.from(connection.close()).subscribe(closed -> {}, failure -> {});
    }
}
