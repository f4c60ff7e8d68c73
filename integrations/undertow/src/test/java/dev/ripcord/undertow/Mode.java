package dev.ripcord.undertow;

import dev.ripcord.http.Exchanges;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import java.io.IOException;
import java.util.concurrent.Executors;

/// On which threads a request is handled.
enum Mode {
    WORKER_THREADS("worker threads"),
    VIRTUAL_THREADS("virtual threads");

    final String title;

    Mode(String title) {
        this.title = title;
    }

    /// What handles the exchanges, under every path.
    HttpHandler handler(Exchanges exchanges) {
        HttpHandler blocking = RipcordHandler.inContext(exchange -> handle(exchanges, exchange));
        return switch (this) {
            case WORKER_THREADS -> new BlockingHandler(blocking);
            case VIRTUAL_THREADS -> {
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                yield exchange -> exchange.dispatch(threads, virtual -> {
                    virtual.startBlocking();
                    blocking.handleRequest(virtual);
                });
            }
        };
    }

    private static void handle(Exchanges exchanges, HttpServerExchange exchange) throws IOException {
        exchanges.handle(
                exchange.getQueryString(),
                RipcordHandler.contextOf(exchange),
                () -> exchange.getInputStream().readAllBytes(),
                body -> {
                    exchange.setResponseContentLength(body.length);
                    exchange.getOutputStream().write(body);
                    exchange.getOutputStream().close();
                });
    }
}
