package dev.ripcord.shop;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// The servers that the shop runs on.
enum Server {
    TOMCAT,
    JETTY,
    HELIDON;

    /// Serves on a port of localhost, HTTP/1.1 and h2c, with a virtual thread for each request.
    ///
    /// @param port 0 for any free one
    /// @throws Exception if the port is taken, or something else is missing
    Http start(int port, Handler handler) throws Exception {
        return switch (this) {
            case TOMCAT -> new TomcatServer(port, handler);
            case JETTY -> new JettyServer(port, handler);
            case HELIDON -> new HelidonServer(port, handler);
        };
    }

    /// All names, as the command line has them.
    static String names() {
        return Arrays.stream(values()).map(Server::toString).collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// A server that runs.
    ///
    /// Each request has a context, which ends with the request, when its client is gone, and when the server stops.
    interface Http {

        int port();

        /// Takes no more requests, lets the running ones finish, and cancels what is left after `grace`.
        ///
        /// @return how many were cancelled
        int shutdown(Duration grace) throws InterruptedException;

        /// Ends it.
        void stop() throws Exception;
    }
}
