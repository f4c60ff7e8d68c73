package dev.ripcord.load;

import dev.ripcord.Context;
import dev.ripcord.undertow.RipcordHandler;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.xnio.Options;

/// Undertow, whose handlers block on virtual threads.
final class UndertowServer implements Kind.Server {

    private final Undertow undertow;

    UndertowServer(boolean adapter, Handler handler) {
        HttpHandler load = exchange ->
                handle(handler, adapter ? RipcordHandler.contextOf(exchange) : Context.background(), exchange);
        HttpHandler app = adapter ? RipcordHandler.inContext(load) : load;
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpHandler dispatching = exchange -> exchange.dispatch(threads, virtual -> {
            virtual.startBlocking();
            app.handleRequest(virtual);
        });
        undertow = Undertow.builder()
                .addHttpListener(0, "localhost")
                .setSocketOption(Options.BACKLOG, 4096)
                .setHandler(adapter ? new RipcordHandler(dispatching) : dispatching)
                .build();
        undertow.start();
    }

    private static void handle(Handler handler, Context ctx, HttpServerExchange exchange) throws Exception {
        String query = exchange.getQueryString();
        byte[] answer = handler.handle(
                ctx,
                exchange.getRequestPath(),
                query.isEmpty() ? null : query,
                () -> exchange.getInputStream().readAllBytes());
        exchange.getResponseSender().send(ByteBuffer.wrap(answer));
    }

    @Override
    public int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().getFirst().getAddress()).getPort();
    }
}
