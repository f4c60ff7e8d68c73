package dev.ripcord.helidon;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;

/// A Helidon SE server whose requests have contexts that end when the client is gone or the server stops.
///
/// {@snippet class="dev.ripcord.helidon.RipcordHelidonExampleTest" region="install"}
///
/// ## Rules
///
/// - The context is that of the request from before the first filter until the response is complete. It is the
///   current one of the thread that handles the request, and [#contextOf] finds it from anywhere.
/// - A client that closes its connection, or its half of it, is gone; so is the client of an HTTP/2 stream that is
///   reset, or whose connection ends.
/// - Of an HTTP/1.1 connection up to 64 KiB are read ahead while a request is running. So bytes of a body that nobody
///   reads, and a next request, do not hide a close until there are more of them than that.
/// - It puts nothing on the wire. Bytes that are read ahead are those that Helidon reads next.
/// - Over TLS a client that closes its half gets no answer: Helidon closes the other as soon as it has read that, which
///   without reading ahead is after the answer.
/// - A connection that asks for HTTP/2 by `Upgrade: h2c` is answered in HTTP/1.1. HTTP/2 by ALPN or from the first byte
///   works.
/// - Helidon's timeout of idle connections ends no request.
///
/// ## Threads
///
/// A request older than 20 ms has its connection read by a virtual thread named `ripcord-helidon`, until bytes come
/// while no request is running.
public final class RipcordHelidon {

    private final RipcordFeature feature;

    private RipcordHelidon(RipcordFeature feature) {
        this.feature = feature;
    }

    /// Gives every request of a server that is not yet built a context.
    ///
    /// @param server the builder of one server
    /// @return what shuts it down
    public static RipcordHelidon install(WebServerConfig.Builder server) {
        return install(Context.background(), server, DisconnectWatcher.DEFAULT_ARM_AFTER);
    }

    /// Gives every request of a server that is not yet built a context.
    ///
    /// @param parent what ends every request when it ends
    /// @param server the builder of one server
    /// @param armAfter how old an HTTP/1.1 request is before its connection is read ahead; zero reads at once
    /// @return what shuts it down
    /// @throws IllegalArgumentException if `armAfter` is negative
    public static RipcordHelidon install(Context parent, WebServerConfig.Builder server, Duration armAfter) {
        requireNonNull(server, "server");
        if (armAfter.isNegative()) {
            throw new IllegalArgumentException("armAfter < 0: " + armAfter);
        }
        RipcordFeature feature = new RipcordFeature(requireNonNull(parent, "parent"), armAfter);
        RipcordHelidon ripcord = new RipcordHelidon(feature);
        server.addFeature(feature);
        ripcord.watch(server);
        return ripcord;
    }

    /// Watches the connections of one more listener. Its requests have contexts anyway.
    ///
    /// @param listener the builder of a further socket of the same server
    public void watch(ListenerConfig.BuilderBase<?, ?> listener) {
        listener.addConnectionSelector(new WatchedSelector(feature, WatchedSelector.HTTP_2));
        listener.addConnectionSelector(new WatchedSelector(feature, WatchedSelector.HTTP_1));
    }

    /// The context of a request.
    ///
    /// @param request of a server that has this installed
    /// @return its context
    /// @throws IllegalStateException if the server has not
    public static Context contextOf(ServerRequest request) {
        return request.context()
                .get(RequestLifetime.ATTRIBUTE, RequestLifetime.class)
                .orElseThrow(() -> new IllegalStateException(
                        "request has no context; call RipcordHelidon.install with the server's builder"))
                .context();
    }

    /// Takes no more connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is running, and leaves
    /// the rest to `WebServer.stop()`, which interrupts what still runs. Until that, a new connection is closed
    /// without an answer, and a request on one that is open is answered with `Connection: close`.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws IllegalArgumentException if `grace` is negative
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        return feature.shutdown(grace);
    }

    /// For tests.
    RipcordFeature feature() {
        return feature;
    }
}
