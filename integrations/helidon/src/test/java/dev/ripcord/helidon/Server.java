package dev.ripcord.helidon;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import java.time.Duration;
import java.util.function.Consumer;

/// A real server with the adapter, on a free port.
final class Server implements StoppableServer {

    private final WebServer server;
    private final RipcordHelidon ripcord;
    private final int port;

    private Server(WebServer server, RipcordHelidon ripcord) {
        this.server = server;
        this.ripcord = ripcord;
        this.port = server.port();
    }

    static Server start(Exchanges exchanges, Consumer<WebServerConfig.Builder> options) {
        return start(exchanges, Context.background(), options, routing -> {});
    }

    /// With reading ahead from the first moment of every request.
    static Server startEager(Exchanges exchanges, Consumer<HttpRouting.Builder> routes) {
        return start(exchanges, Context.background(), Duration.ZERO, options -> {}, routes);
    }

    static Server start(
            Exchanges exchanges,
            Context parent,
            Consumer<WebServerConfig.Builder> options,
            Consumer<HttpRouting.Builder> routes) {
        return start(exchanges, parent, DisconnectWatcher.DEFAULT_ARM_AFTER, options, routes);
    }

    static Server start(
            Exchanges exchanges,
            Context parent,
            Duration armAfter,
            Consumer<WebServerConfig.Builder> options,
            Consumer<HttpRouting.Builder> routes) {
        WebServerConfig.Builder builder = WebServer.builder()
                .shutdownHook(false)
                .host("localhost")
                .routing(routing -> {
                    routes.accept(routing);
                    routing.any(
                            "/",
                            (request, response) -> exchanges.handle(
                                    request.query().rawValue(),
                                    RipcordHelidon.contextOf(request),
                                    () -> request.content().hasEntity()
                                            ? request.content().as(byte[].class)
                                            : new byte[0],
                                    response::send));
                });
        options.accept(builder);
        RipcordHelidon ripcord = RipcordHelidon.install(parent, builder, armAfter);
        return new Server(builder.build().start(), ripcord);
    }

    static Consumer<WebServerConfig.Builder> tls() {
        return server -> server.tls(
                Tls.builder().sslContext(TestCertificate.serverContext()).build());
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public int running() {
        return ripcord.feature().requests().running();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    WebServer webServer() {
        return server;
    }

    @Override
    public void close() {
        server.stop();
    }
}
