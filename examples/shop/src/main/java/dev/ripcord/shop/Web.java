package dev.ripcord.shop;

import java.net.URI;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An HTTP service on a port of its own.
final class Web implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Web.class);

    private final String name;
    private final Server.Http server;
    private final Duration drain;

    private Web(String name, Server.Http server, Duration drain) {
        this.name = name;
        this.server = server;
        this.drain = drain;
    }

    /// Starts to serve.
    ///
    /// @param name for the log
    /// @param option the option that the port is from, for the message if it is taken
    /// @param port 0 for any free one
    /// @param drain how long requests may go on when the service is closed
    static Web start(String name, Server server, String option, int port, Handler handler, Duration drain) {
        try {
            return new Web(name, server.start(port, handler), drain);
        } catch (Exception e) {
            throw new StartException(taken(option, port), e);
        }
    }

    /// What to say about a port that cannot be opened.
    static String taken(String option, int port) {
        return "%s: port %s is taken or not allowed; choose another one, or 0 for any free one".formatted(option, port);
    }

    URI uri() {
        return URI.create("http://localhost:" + server.port());
    }

    /// Takes no more requests, lets the running ones finish, and cancels what is left when the time to drain is over.
    @Override
    public void close() throws Exception {
        int cancelled = server.shutdown(drain);
        LOG.info("{} has stopped, {} requests cancelled", name, cancelled);
        server.stop();
    }
}
