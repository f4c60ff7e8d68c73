package dev.ripcord.load;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.vertx.RipcordVertx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/// Vert.x, whose handlers block on virtual threads.
final class VertxServer implements Kind.Server {

    private final HttpServer server;

    VertxServer(boolean adapter, Handler handler) {
        server = Vertx.vertx()
                .createHttpServer(
                        new HttpServerOptions().setHost("localhost").setPort(0).setAcceptBacklog(4096));
        if (adapter) {
            RipcordVertx.install(
                    server,
                    request -> answer(
                            request, RipcordVertx.executeBlocking(request, ctx -> handle(handler, ctx, request))));
        } else {
            server.requestHandler(request -> answer(
                    request,
                    Future.fromCompletionStage(
                            Handler.callAsync(() -> handle(handler, Context.background(), request)))));
        }
        server.listen().await();
    }

    private static byte[] handle(Handler handler, Context ctx, HttpServerRequest request) throws Exception {
        return handler.handle(
                ctx,
                String.valueOf(request.path()),
                request.query(),
                () -> Blocking.await(ctx, request.body().toCompletionStage()).getBytes());
    }

    private static void answer(HttpServerRequest request, Future<byte[]> answer) {
        var unused = answer.onComplete(done -> {
            if (done.succeeded()) {
                request.response().end(Buffer.buffer(done.result()));
            } else {
                request.response().setStatusCode(500).end();
            }
        });
    }

    @Override
    public int port() {
        return server.actualPort();
    }
}
