package dev.ripcord.jdkhttp;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A filter for the contexts of one `com.sun.net.httpserver.HttpServer`: each request has a context, which is the
/// current one for the filters behind this one and for the handler.
///
/// {@snippet class="dev.ripcord.jdkhttp.RipcordFilterExampleTest" region="install"}
///
/// ## Rules
///
/// - The context ends when the handler returns. A handler that answers later, on another thread, has none.
/// - It ends before that when the body cannot be read, or the answer cannot be written.
/// - **That the client is gone while the handler is blocked, the JDK's server tells nobody**, and shows nothing that
///   could be asked. With [#lookingAtSocketsOfLinux] the table of sockets of Linux is asked, a fallback that is off
///   by default.
public final class RipcordFilter extends Filter {

    private static final Logger LOG = System.getLogger("dev.ripcord.jdkhttp");

    private final ServerLifetime server;

    /// Null if nobody looks at sockets.
    private final @Nullable Sockets sockets;

    /// A filter whose contexts have no parent but [Context#background()], and that looks at no sockets.
    public RipcordFilter() {
        this(Context.background());
    }

    /// A filter whose contexts are descendants of a context, and that looks at no sockets.
    ///
    /// @param parent what ends every request when it ends
    public RipcordFilter(Context parent) {
        this(parent, null);
    }

    private RipcordFilter(Context parent, @Nullable Sockets sockets) {
        this.server = ServerLifetime.under(requireNonNull(parent, "parent"));
        this.sockets = sockets;
    }

    /// A filter that in addition looks for its clients in the table of sockets of Linux, `/proc/net/tcp` and `tcp6`.
    ///
    /// It sees a client that closes its connection, or its half of it, or resets it, with TLS or without, whatever
    /// bytes are on the way. While requests run that are older than 100 ms, one thread reads the whole table every
    /// 50 ms, or less often where that takes longer than 5 ms, so that it reads for a tenth of the time at most: for a
    /// thousand sockets it takes some 2.5 ms. In another network namespace than the server's it sees nothing.
    ///
    /// Where there is no such table, a warning is logged, and this is a filter that looks at no sockets.
    ///
    /// @param parent what ends every request when it ends
    /// @return the filter, to be ended by [#shutdown]
    public static RipcordFilter lookingAtSocketsOfLinux(Context parent) {
        if (!SocketTable.exists()) {
            LOG.log(
                    Level.WARNING,
                    "clients that leave are not noticed before something is written to them: there is no "
                            + SocketTable.FILES.get(0));
            return new RipcordFilter(parent);
        }
        return new RipcordFilter(parent, Sockets.watched());
    }

    /// Refuses new connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to `HttpServer.stop(0)`, which closes the connections.
    ///
    /// @param stopping the server, all of whose contexts have this filter
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(HttpServer stopping, Duration grace) throws InterruptedException {
        requireNonNull(stopping, "stopping");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        // closes the listening socket at once, then waits, and would then cut what is left
        int longer = (int) Math.min(Integer.MAX_VALUE, TimeUnit.SECONDS.convert(grace) + 5);
        Thread.ofPlatform()
                .name("ripcord-jdkhttp-stop")
                .daemon()
                .inheritInheritableThreadLocals(false)
                .start(() -> stopping.stop(longer));
        try {
            return server.shutdown(grace);
        } finally {
            if (sockets != null) {
                sockets.watcher.close();
            }
        }
    }

    /// What `HttpContext` may show of this filter.
    ///
    /// @return a text
    @Override
    public String description() {
        return "one context per request";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        RequestLifetime lifetime = server.open(
                exchange.getRequestMethod(), exchange.getRequestURI().getRawPath());
        SocketWatch watch = sockets == null ? null : sockets.watch(lifetime, exchange);
        exchange.setStreams(
                new WatchedBody(exchange.getRequestBody(), lifetime),
                new WatchedAnswer(exchange.getResponseBody(), lifetime));
        try {
            lifetime.<@Nullable Void, IOException>call(() -> {
                chain.doFilter(exchange);
                return null;
            });
        } finally {
            if (watch != null) {
                watch.end();
            }
            lifetime.handlerFinished();
        }
    }

    /// The server's requests. For tests.
    ServerLifetime server() {
        return server;
    }

    /// How many sockets are looked at and have been found open. For tests.
    int watched() {
        return sockets == null ? 0 : sockets.table.watched();
    }

    /// The table, and who looks at it.
    private record Sockets(SocketTable table, DisconnectWatcher watcher) {

        private static final Duration OLD_ENOUGH = Duration.ofMillis(100);

        static Sockets watched() {
            try {
                return new Sockets(new SocketTable(), DisconnectWatcher.start("jdkhttp", OLD_ENOUGH));
            } catch (IOException e) {
                throw new UncheckedIOException("no selector for the thread that looks at sockets", e);
            }
        }

        SocketWatch watch(RequestLifetime lifetime, HttpExchange exchange) {
            SocketWatch watch = new SocketWatch(
                    lifetime, table, SocketTable.keyOf(exchange.getLocalAddress(), exchange.getRemoteAddress()));
            watcher.enter(watch);
            return watch;
        }
    }
}
