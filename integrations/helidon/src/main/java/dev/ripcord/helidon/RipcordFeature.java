package dev.ripcord.helidon;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.ServerLifetime;
import io.helidon.common.Weighted;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.spi.ServerFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one server has of Ripcord: the parent of its requests, the watcher, and a filter in every routing.
final class RipcordFeature implements ServerFeature, Weighted {

    private static final Logger LOG = System.getLogger("dev.ripcord.helidon");

    /// Above all features of Helidon, so that they run within the request's context.
    private static final double FIRST = 10_000;

    private final ServerLifetime requests;
    private final Duration armAfter;
    private volatile boolean draining;

    // guarded by this: sockets start and stop at the same time

    private int openSockets;
    private @Nullable DisconnectWatcher watcher;

    RipcordFeature(Context parent, Duration armAfter) {
        this.requests = ServerLifetime.under(parent);
        this.armAfter = armAfter;
    }

    @Override
    public String name() {
        return "ripcord";
    }

    @Override
    public String type() {
        return "ripcord";
    }

    @Override
    public double weight() {
        return FIRST;
    }

    @Override
    public void setup(ServerFeatureContext server) {
        Set<String> sockets = new HashSet<>(server.sockets());
        sockets.add(WebServer.DEFAULT_SOCKET_NAME);
        for (String name : sockets) {
            // not socket.listener(), which is the server's for every socket
            ListenerConfig listener = name.equals(WebServer.DEFAULT_SOCKET_NAME)
                    ? server.serverConfig()
                    : requireNonNull(server.serverConfig().sockets().get(name));
            server.socket(name).httpRouting().addFilter(new RequestFilter(this));
            List<WatchedSelector> watched = listener.connectionSelectors().stream()
                    .filter(WatchedSelector.class::isInstance)
                    .map(WatchedSelector.class::cast)
                    .toList();
            watched.forEach(selector -> selector.setUp(name, listener.protocols()));
            if (watched.isEmpty()) {
                LOG.log(
                        Level.WARNING,
                        "clients that leave socket \"" + name + "\" are not noticed; call watch with its builder");
            }
        }
    }

    ServerLifetime requests() {
        return requests;
    }

    synchronized DisconnectWatcher watcher() {
        return requireNonNull(watcher, "server is not started");
    }

    boolean isDraining() {
        return draining;
    }

    int shutdown(Duration grace) throws InterruptedException {
        draining = true;
        return requests.shutdown(grace);
    }

    synchronized void started() {
        if (openSockets++ == 0) {
            try {
                watcher = DisconnectWatcher.start("helidon", armAfter);
            } catch (IOException e) {
                throw new UncheckedIOException("no selector to watch connections with", e);
            }
        }
    }

    synchronized void stopped() {
        if (--openSockets == 0) {
            requests.endAll(Duration.ZERO);
            watcher().close();
        }
    }
}
