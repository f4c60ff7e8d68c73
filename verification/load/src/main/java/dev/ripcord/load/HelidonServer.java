package dev.ripcord.load;

import dev.ripcord.Context;
import dev.ripcord.helidon.RipcordHelidon;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;

/// Helidon SE.
final class HelidonServer implements Kind.Server {

    private final WebServer server;

    HelidonServer(boolean adapter, Handler handler) {
        WebServerConfig.Builder builder = WebServer.builder()
                .shutdownHook(false)
                .host("localhost")
                .backlog(4096)
                .routing(routing -> routing.any((request, response) -> {
                    Context ctx = adapter ? RipcordHelidon.contextOf(request) : Context.background();
                    String query = request.prologue().query().rawValue();
                    response.send(handler.handle(
                            ctx,
                            request.prologue().uriPath().rawPath(),
                            query.isEmpty() ? null : query,
                            () -> request.content().as(byte[].class)));
                }));
        if (adapter) {
            RipcordHelidon.install(builder);
        }
        server = builder.build().start();
    }

    @Override
    public int port() {
        return server.port();
    }
}
