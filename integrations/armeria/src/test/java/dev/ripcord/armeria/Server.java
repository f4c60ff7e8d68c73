package dev.ripcord.armeria;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.ripcord.Context;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A real server with the adapter, on a free port.
final class Server implements StoppableServer {

    private final RipcordArmeria ripcord;
    private final com.linecorp.armeria.server.Server server;

    private Server(RipcordArmeria ripcord, com.linecorp.armeria.server.Server server) {
        this.ripcord = ripcord;
        this.server = server;
    }

    static Server start(Transport transport, Context parent, Exchanges exchanges) {
        return start(
                transport,
                parent,
                // Armeria reports what services fail with for clients that are gone, too
                options -> options.requestTimeoutMillis(0)
                        .maxRequestLength(0)
                        .unloggedExceptionsReportInterval(Duration.ZERO),
                (request, http) -> handle(request, http, exchanges));
    }

    static Server start(HttpService service) {
        return start(options -> {}, service);
    }

    static Server start(Consumer<ServerBuilder> options, HttpService service) {
        return start(Transport.HTTP1, Context.background(), options, service);
    }

    private static Server start(
            Transport transport, Context parent, Consumer<ServerBuilder> options, HttpService service) {
        ServerBuilder builder = com.linecorp.armeria.server.Server.builder();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (transport == Transport.TLS) {
            builder.https(address).tls(TestCertificate.keyManagers());
        } else {
            builder.http(address);
        }
        options.accept(builder);
        builder.service("/", service);
        RipcordArmeria ripcord = RipcordArmeria.install(parent, builder);
        com.linecorp.armeria.server.Server server = builder.build();
        server.start().join();
        return new Server(ripcord, server);
    }

    private static HttpResponse handle(ServiceRequestContext request, HttpRequest http, Exchanges exchanges) {
        return HttpResponse.of(RipcordArmeria.executeBlocking(request, ctx -> {
            List<byte[]> answers = new ArrayList<>();
            exchanges.handle(
                    String.valueOf(request.query()),
                    ctx,
                    Exchange.Body.awaited(
                            ctx,
                            () -> http.aggregate()
                                    .thenApply(body -> body.content().array())),
                    answers::add);
            byte[] answer = answers.isEmpty() ? new byte[0] : answers.getFirst();
            return HttpResponse.of(HttpStatus.OK, MediaType.OCTET_STREAM, answer);
        }));
    }

    @Override
    public int port() {
        return server.activeLocalPort();
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
        var unused = server.stop(); // without waiting: its threads stay for two seconds more
    }
}
