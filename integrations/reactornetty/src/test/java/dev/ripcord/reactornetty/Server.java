package dev.ripcord.reactornetty;

import dev.ripcord.Context;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.tcp.SslProvider;

/// A real server with the adapter, on a free port.
final class Server implements StoppableServer {

    private final RipcordReactorNetty ripcord;
    private final DisposableServer server;

    private Server(RipcordReactorNetty ripcord, DisposableServer server) {
        this.ripcord = ripcord;
        this.server = server;
    }

    static Server start(Transport transport, Context parent, Exchanges exchanges) {
        return start(transport, parent, (request, response) -> handle(request, response, exchanges));
    }

    static Server start(
            Transport transport,
            BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
        return start(transport, Context.background(), handler);
    }

    private static Server start(
            Transport transport,
            Context parent,
            BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
        HttpServer server = HttpServer.create().host("localhost").port(0).handle(handler);
        server = switch (transport) {
            case HTTP1 -> server;
            case TLS -> server.secure(tls -> tls.sslContext(certificate()));
            case HTTP2 -> server.protocol(HttpProtocol.H2C);
        };
        RipcordReactorNetty ripcord = RipcordReactorNetty.create(parent);
        return new Server(ripcord, ripcord.install(server).bindNow());
    }

    private static SslProvider.GenericSslContextSpec<?> certificate() {
        return Http11SslContextSpec.forServer(TestCertificate.keyManagers());
    }

    private static Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response, Exchanges exchanges) {
        return RipcordReactorNetty.blocking(ctx -> {
                    List<byte[]> answers = new ArrayList<>();
                    String query = request.uri().substring(request.uri().indexOf('?') + 1);
                    exchanges.handle(
                            query,
                            ctx,
                            Exchange.Body.awaited(
                                    ctx,
                                    () -> request.receive()
                                            .aggregate()
                                            .asByteArray()
                                            .toFuture()),
                            answers::add);
                    return answers;
                })
                .flatMap(answers -> answers.isEmpty() ? Mono.empty() : answer(response, answers.getFirst()));
    }

    private static Mono<Void> answer(HttpServerResponse response, byte[] body) {
        return response.header("Content-Length", String.valueOf(body.length))
                .sendByteArray(Mono.just(body))
                .then();
    }

    @Override
    public int port() {
        return server.port();
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
        server.disposeNow();
    }
}
