package dev.ripcord.vertx;

import dev.ripcord.Context;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A real server with the adapter, on a free port.
final class Server implements StoppableServer {

    private final Vertx vertx;
    private final RipcordVertx ripcord;
    private final HttpServer server;

    private Server(Vertx vertx, RipcordVertx ripcord, HttpServer server) {
        this.vertx = vertx;
        this.ripcord = ripcord;
        this.server = server;
    }

    static Server start(Transport transport, Context parent, Exchanges exchanges) {
        // Vert.x warns of an event loop that has not come on for two seconds, which a busy machine can do, too
        VertxOptions options = new VertxOptions().setBlockedThreadCheckInterval(TimeUnit.DAYS.toMillis(1));
        return start(Vertx.vertx(options), transport, parent, request -> handle(request, exchanges));
    }

    static Server start(Transport transport, Handler<HttpServerRequest> handler) {
        return start(Vertx.vertx(), transport, Context.background(), handler);
    }

    static Server start(Vertx vertx, Transport transport, Context parent, Handler<HttpServerRequest> handler) {
        HttpServerOptions options = new HttpServerOptions().setHost("localhost").setPort(0);
        if (transport == Transport.TLS) {
            options.setSsl(true)
                    .setKeyCertOptions(new PfxOptions()
                            .setPath(TestCertificate.KEY_STORE.toString())
                            .setPassword(TestCertificate.PASSWORD));
        }
        HttpServer server = vertx.createHttpServer(options);
        RipcordVertx ripcord = RipcordVertx.install(parent, server, handler);
        server.listen().toCompletionStage().toCompletableFuture().join();
        return new Server(vertx, ripcord, server);
    }

    private static void handle(HttpServerRequest request, Exchanges exchanges) {
        var response = request.response();
        var unused = RipcordVertx.executeBlocking(request, ctx -> {
                    exchanges.handle(
                            String.valueOf(request.query()),
                            ctx,
                            Exchange.Body.awaited(
                                    ctx,
                                    () -> request.body().map(Buffer::getBytes).toCompletionStage()),
                            body -> response.end(Buffer.buffer(body)));
                    return true;
                })
                .onComplete(done -> {
                    if (!response.ended()) {
                        response.setStatusCode(done.succeeded() ? 200 : 500).end();
                    }
                });
    }

    @Override
    public int port() {
        return server.actualPort();
    }

    @Override
    public int running() {
        return ripcord.requests().running();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
