package dev.ripcord.shop;

import dev.ripcord.helidon.RipcordHelidon;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;

/// The shop on Helidon SE: its builder, with Ripcord installed.
final class HelidonServer implements Server.Http {

    private final WebServer helidon;
    private final RipcordHelidon ripcord;

    HelidonServer(int port, Handler handler) {
        WebServerConfig.Builder builder = WebServer.builder()
                .shutdownHook(false)
                .host("localhost")
                .port(port)
                .routing(routing -> routing.any((request, response) -> send(
                        // the one place where a request is asked for its context; from here on it is a parameter
                        handler.handle(RipcordHelidon.contextOf(request), request(request)), response)));
        ripcord = RipcordHelidon.install(builder);
        helidon = builder.build().start();
    }

    private static Request request(ServerRequest request) {
        HttpPrologue prologue = request.prologue();
        String query = prologue.query().rawValue();
        return new Request(
                prologue.method().text(),
                prologue.uriPath().rawPath(),
                query.isEmpty() ? null : query,
                name -> request.headers().first(HeaderNames.create(name)).orElse(null));
    }

    private static void send(Answer answer, ServerResponse response) {
        response.status(Status.create(answer.status()));
        answer.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
        response.send(answer.bytes());
    }

    @Override
    public int port() {
        return helidon.port();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    @Override
    public void stop() {
        helidon.stop();
    }
}
