package dev.ripcord.load;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.reactornetty.RipcordReactorNetty;
import io.netty.channel.ChannelOption;
import java.net.URI;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/// Reactor Netty, whose handlers block on virtual threads.
final class ReactorNettyServer implements Kind.Server {

    private final DisposableServer server;

    ReactorNettyServer(boolean adapter, Handler handler) {
        HttpServer reactor = HttpServer.create().host("localhost").port(0).option(ChannelOption.SO_BACKLOG, 4096);
        if (adapter) {
            reactor = RipcordReactorNetty.create()
                    .install(reactor.handle((request, response) ->
                            answer(response, RipcordReactorNetty.blocking(ctx -> handle(handler, ctx, request)))));
        } else {
            reactor = reactor.handle((request, response) -> answer(
                    response,
                    Mono.fromFuture(Handler.callAsync(() -> handle(handler, Context.background(), request)))));
        }
        server = reactor.bindNow();
    }

    private static byte[] handle(Handler handler, Context ctx, HttpServerRequest request) throws Exception {
        URI uri = URI.create(request.uri());
        return handler.handle(
                ctx,
                uri.getPath(),
                uri.getQuery(),
                () -> requireNonNull(Blocking.await(
                        ctx, request.receive().aggregate().asByteArray().toFuture())));
    }

    private static Publisher<Void> answer(HttpServerResponse response, Mono<byte[]> answer) {
        return answer.flatMap(body -> response.header("Content-Length", String.valueOf(body.length))
                .sendByteArray(Mono.just(body))
                .then());
    }

    @Override
    public int port() {
        return server.port();
    }
}
