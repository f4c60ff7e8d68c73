package dev.ripcord.load;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.armeria.RipcordArmeria;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Armeria, whose services block on virtual threads.
final class ArmeriaServer implements Kind.Server {

    private final com.linecorp.armeria.server.Server server;

    ArmeriaServer(boolean adapter, Handler handler) {
        ServerBuilder builder = com.linecorp.armeria.server.Server.builder()
                .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .channelOption(ChannelOption.SO_BACKLOG, 4096)
                .requestTimeoutMillis(0)
                .maxRequestLength(0)
                // of services whose clients are gone, too
                .unloggedExceptionsReportInterval(Duration.ZERO);
        if (adapter) {
            builder.serviceUnder(
                    "/",
                    (request, http) -> HttpResponse.of(
                            RipcordArmeria.executeBlocking(request, ctx -> answer(handler, ctx, request, http))));
            RipcordArmeria.install(builder);
        } else {
            builder.serviceUnder(
                    "/",
                    (request, http) -> HttpResponse.of(
                            Handler.callAsync(() -> answer(handler, Context.background(), request, http))));
        }
        server = builder.build();
        server.start().join();
    }

    private static HttpResponse answer(Handler handler, Context ctx, ServiceRequestContext request, HttpRequest http)
            throws Exception {
        byte[] body = handler.handle(
                ctx,
                request.path(),
                request.query(),
                () -> Blocking.await(ctx, http.aggregate()).content().array());
        return HttpResponse.of(HttpStatus.OK, MediaType.OCTET_STREAM, body);
    }

    @Override
    public int port() {
        return server.activeLocalPort();
    }
}
