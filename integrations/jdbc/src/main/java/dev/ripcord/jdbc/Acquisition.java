package dev.ripcord.jdbc;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.Context.CallableOp;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import dev.ripcord.spi.DaemonThreads;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// How a connection is waited for until the context ends.
///
/// The wait in a pool is ended by an interrupt, the only one of this module. A source that is not known may be
/// connecting, which an interrupt does not stop on a platform thread and breaks on a virtual one: there the
/// connection is made on a thread of ours, and closed if it comes too late.
enum Acquisition {

    /// On the calling thread, which is interrupted when the context ends.
    INTERRUPTED,

    /// On a platform thread of ours, which the caller leaves behind when the context ends.
    HANDED_OVER,

    /// On the calling thread, for as long as it takes.
    ENDURED;

    /// The pools that have been seen to end their wait at an interrupt and to lose nothing by it.
    private static final Set<String> POOLS = Set.of(
            "com.mchange.v2.c3p0.ComboPooledDataSource",
            "com.zaxxer.hikari.HikariDataSource",
            "io.agroal.pool.DataSource",
            "org.apache.commons.dbcp2.BasicDataSource",
            "org.apache.tomcat.jdbc.pool.DataSource");

    /// The way that suits `source`. Its class counts and not what it wraps: a wrapper may do more than wait.
    static Acquisition of(DataSource source) {
        return POOLS.contains(source.getClass().getName()) ? INTERRUPTED : HANDED_OVER;
    }

    /// A connection from `source`, unless `ctx` ends first.
    Connection acquire(Context ctx, CallableOp<Connection, SQLException> source) throws SQLException {
        if (ctx.done().isNever()) {
            return source.call();
        }
        if (ctx.done().isDone()) {
            throw refused(ctx, null);
        }
        Connection connection;
        try {
            connection = switch (this) {
                case INTERRUPTED -> Blocking.interruptible(ctx, source);
                case HANDED_OVER -> handedOver(ctx, source);
                case ENDURED -> source.call();
            };
        } catch (ContextException e) {
            SQLException refused = refused(ctx, null);
            for (Throwable ofThePool : e.getSuppressed()) {
                refused.addSuppressed(ofThePool);
            }
            throw refused;
        } catch (SQLException | RuntimeException e) {
            if (ctx.done().isDone()) {
                throw refused(ctx, e);
            }
            throw e;
        }
        if (ctx.done().isDone()) {
            close(connection);
            throw refused(ctx, null);
        }
        return connection;
    }

    @SuppressWarnings("ContextDroppedCall") // the end of ctx cancels what is waited for
    private static Connection handedOver(Context ctx, CallableOp<Connection, SQLException> source) throws SQLException {
        CompletableFuture<Connection> handover = new CompletableFuture<>();
        DaemonThreads.executor().execute(ctx.wrap(() -> {
            try {
                Connection connection = source.call();
                if (!handover.complete(connection)) {
                    close(connection);
                }
            } catch (Throwable e) {
                handover.completeExceptionally(e);
            }
        }));
        Registration registration = ctx.afterFunc(DaemonThreads.executor(), () -> handover.cancel(false));
        try {
            return handover.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (handover.cancel(false)) {
                throw new SQLException("interrupted while waiting for a connection", e);
            }
            return handover.join();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case SQLException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new AssertionError(e);
            }
        } finally {
            registration.stop();
        }
    }

    private static SQLException refused(Context ctx, @Nullable Exception failure) {
        boolean tells = failure != null && !(failure instanceof CancellationException);
        return Guard.stopped("no connection taken", ctx.err().orElseThrow(), tells ? failure : null);
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // nobody waits for it any more
        }
    }
}
