package dev.ripcord.jdkhttp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A real server with the filter, on a free port.
final class Server implements StoppableServer {

    private final RipcordFilter ripcord;
    private final ExecutorService threads;
    private final HttpServer server;
    private final boolean looks;

    private Server(RipcordFilter ripcord, ExecutorService threads, Transport transport, boolean looks)
            throws IOException {
        this.ripcord = ripcord;
        this.threads = threads;
        this.looks = looks;
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (transport == Transport.TLS) {
            HttpsServer tls = HttpsServer.create(address, 0);
            tls.setHttpsConfigurator(new HttpsConfigurator(TestCertificate.serverContext()));
            this.server = tls;
        } else {
            this.server = HttpServer.create(address, 0);
        }
        server.setExecutor(threads);
    }

    static Server start(Mode mode, Context parent, Transport transport, Exchanges exchanges) throws IOException {
        return new Server(mode.filter.apply(parent), mode.threads.get(), transport, mode != Mode.PLAIN)
                .serve(exchange -> handle(exchanges, exchange));
    }

    static Server start(RipcordFilter ripcord, HttpHandler handler) throws IOException {
        return new Server(ripcord, Executors.newVirtualThreadPerTaskExecutor(), Transport.HTTP1, false).serve(handler);
    }

    private Server serve(HttpHandler handler) {
        server.createContext("/", handler).getFilters().add(ripcord);
        server.start();
        return this;
    }

    private static void handle(Exchanges exchanges, HttpExchange exchange) throws IOException {
        try (exchange) {
            exchanges.handle(
                    exchange.getRequestURI().getQuery(),
                    Context.current(),
                    () -> exchange.getRequestBody().readAllBytes(),
                    body -> {
                        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length); // 0 is any length
                        exchange.getResponseBody().write(body);
                    });
        }
    }

    @Override
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public int running() {
        return ripcord.server().running();
    }

    @Override
    public OptionalInt watched() {
        return looks ? OptionalInt.of(ripcord.watched()) : OptionalInt.empty();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(server, grace);
    }

    @Override
    public void close() throws InterruptedException {
        ripcord.shutdown(server, Duration.ZERO);
        server.stop(0);
        threads.shutdown();
    }
}
