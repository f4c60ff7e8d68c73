package dev.ripcord.jetty;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;

/// The outermost handler of a server: it opens each request's context and ends it when the client is gone, the
/// request is complete or the server stops.
///
/// {@snippet class="dev.ripcord.jetty.RipcordHandlerExampleTest" region="install"}
///
/// A handler of Jetty's own API asks [#contextOf]; in a web application `dev.ripcord.servlet.ContextFilter` finds the
/// same context.
///
/// ## Rules
///
/// - A client that closes its connection, or its half of it, is gone. So is one that resets a stream of HTTP/2.
/// - A connection of HTTP/1.1 is watched before the handler reads the request's body and after it has read all of it,
///   not in between. Bytes that follow the request, a pipelined one, hide a later close; so does a body that nobody
///   reads and that is larger than Jetty's input buffer. Then only a failing write tells.
/// - It puts nothing on the wire, and whatever it takes off it, it gives back before Jetty reads again.
/// - An idle timeout neither ends the context nor fails a request whose handler is at work. Jetty alone would fail it,
///   for it cannot tell a client that waits from one that has left. A read or a write that waits still times out.
/// - It is current on the thread that Jetty calls this handler on, not on those that the handler goes on with.
///
/// ## Stopping
///
/// `Server.stop()` ends all requests with a [dev.ripcord.http.ServerStoppingException]: at once, or if the server has
/// a stop timeout, those that have not finished a second before that is over; Jetty cuts those before that which have
/// been silent for a connector's shutdown idle timeout, a second. [#shutdown(Duration)], beforehand, cuts none.
public final class RipcordHandler extends Handler.Wrapper implements Graceful {

    /// What is left of a server's stop timeout for requests that were cancelled.
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    @SuppressWarnings("ContextInField") // that of the server, from which each request derives its own
    private final Context parent;

    private final LifeCycle.Listener serverStop = new LifeCycle.Listener() {
        @Override
        public void lifeCycleStopping(LifeCycle stopping) {
            if (getServer().getStopTimeout() == 0) {
                lifetime.endAll(Duration.ZERO);
            }
        }
    };

    private Duration armAfter = DisconnectWatcher.DEFAULT_ARM_AFTER;
    private volatile boolean draining;

    // written while no request runs

    private ServerLifetime lifetime;
    private @Nullable DisconnectWatcher watcher;

    /// A handler whose contexts have no parent but [Context#background()].
    public RipcordHandler() {
        this(Context.background());
    }

    /// A handler whose contexts are descendants of a context.
    ///
    /// @param parent what ends every request when it ends
    public RipcordHandler(Context parent) {
        this.parent = requireNonNull(parent, "parent");
        this.lifetime = ServerLifetime.under(parent);
    }

    /// The context of a request, on any thread, until the request is complete.
    ///
    /// @param request as it came or wrapped
    /// @return its context; the same at every call
    /// @throws IllegalStateException if the request did not come through this handler
    public static Context contextOf(Request request) {
        if (request.getAttribute(RequestLifetime.ATTRIBUTE) instanceof RequestLifetime lifetime) {
            return lifetime.context();
        }
        throw new IllegalStateException("request has no context; make dev.ripcord.jetty.RipcordHandler the outermost"
                + " handler of the server: server.setHandler(ripcord)");
    }

    /// Sets how long a request runs before its connection is watched: 20 ms unless told.
    ///
    /// Short requests cost next to nothing that way. Zero watches every request at once.
    ///
    /// @param armAfter the time, before the handler is started
    /// @throws IllegalArgumentException if it is negative
    public void setArmAfter(Duration armAfter) {
        if (armAfter.isNegative()) {
            throw new IllegalArgumentException("armAfter < 0: " + armAfter);
        }
        this.armAfter = armAfter;
    }

    /// Refuses new connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to `Server.stop()`. Connections without a request are closed a second later, HTTP/2 says goodbye.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        draining = true;
        List<Patience> patience = Stream.of(getServer().getConnectors())
                .filter(AbstractConnector.class::isInstance)
                .map(connector -> Patience.of((AbstractConnector) connector))
                .toList();
        patience.forEach(connector -> connector.extend(grace));
        try {
            for (Connector connector : getServer().getConnectors()) {
                var unused = Graceful.shutdown(connector);
            }
            return lifetime.shutdown(grace);
        } finally {
            patience.forEach(Patience::restore);
        }
    }

    /// How long a connector that shuts down leaves a connection open on which nothing comes: a second, unless told.
    /// That is too short for a request that works, or waits for its body.
    private record Patience(AbstractConnector connector, long millis) {

        private static final Duration LONGEST = Duration.ofDays(1);

        static Patience of(AbstractConnector connector) {
            return new Patience(connector, connector.getShutdownIdleTimeout());
        }

        void extend(Duration grace) {
            Duration needed = grace.compareTo(LONGEST) < 0 ? grace.plus(LAST_WORDS) : LONGEST;
            connector.setShutdownIdleTimeout(Math.max(millis, needed.toMillis()));
        }

        /// For the connections that are left, too, none of which has a request any more.
        void restore() {
            connector.setShutdownIdleTimeout(millis);
            connector.getConnectedEndPoints().forEach(connection -> connection.setIdleTimeout(millis));
        }
    }

    /// Takes part in the graceful stop of a server that has a stop timeout.
    ///
    /// @return what is complete when no request is running
    @Override
    public CompletableFuture<Void> shutdown() {
        draining = true;
        Duration grace = Duration.ofMillis(getServer().getStopTimeout()).minus(LAST_WORDS);
        return Graceful.shutdown(() -> lifetime.shutdown(grace.isNegative() ? Duration.ZERO : grace));
    }

    @Override
    public boolean isShutdown() {
        return draining;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (request.getAttribute(RequestLifetime.ATTRIBUTE) != null) { // handed on by another of us
            return super.handle(request, response, callback);
        }
        Watch watch = begin(request);
        Request watchedRequest = new WatchedRequest(request, watch);
        Response watchedResponse = new WatchedResponse(watchedRequest, response, watch.lifetime());
        return watch.lifetime().call(() -> super.handle(watchedRequest, watchedResponse, callback));
    }

    private Watch begin(Request request) {
        RequestLifetime opened = lifetime.open(
                request.getMethod(), String.valueOf(request.getHttpURI().getCanonicalPath()));
        try {
            Watch watch = Watch.of(opened, request);
            request.setAttribute(RequestLifetime.ATTRIBUTE, opened);
            request.addIdleTimeoutListener(timeout -> false);
            request.addHttpStreamWrapper(watch::around);
            watcher().enter(watch);
            return watch;
        } catch (RuntimeException e) {
            opened.handlerFinished();
            throw e;
        }
    }

    /// The server since its last start.
    ServerLifetime server() {
        return lifetime;
    }

    private DisconnectWatcher watcher() {
        return requireNonNull(watcher, "handler is not started");
    }

    @Override
    protected void doStart() throws Exception {
        lifetime = ServerLifetime.under(parent);
        draining = false;
        watcher = DisconnectWatcher.start("jetty", armAfter);
        getServer().addEventListener(serverStop);
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        getServer().removeEventListener(serverStop);
        lifetime.endAll(Duration.ZERO);
        watcher().close();
        super.doStop();
    }
}
