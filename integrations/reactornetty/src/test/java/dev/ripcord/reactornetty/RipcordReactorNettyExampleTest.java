package dev.ripcord.reactornetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

class RipcordReactorNettyExampleTest {

    private final Products products = new Products();

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        // @start region="install"
        var ripcord = RipcordReactorNetty.create();
        var server = ripcord.install(HttpServer.create().handle(this::search)).bindNow();
        // @end region="install"
        try {
            Context ctx;
            try (Socket client = new Socket("localhost", server.port())) {
                client.getOutputStream()
                        .write("GET /search/a HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = products.asked.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(Duration.ofSeconds(5));
            server.disposeNow();
            // @end region="shutdown"
        }
    }

    // @start region="search"
    Publisher<Void> search(HttpServerRequest request, HttpServerResponse response) {
        Mono<String> found = RipcordReactorNetty.blocking(ctx -> products.find(ctx, request.path()));
        return response.sendString(found);
    }
    // @end region="search"

    private static final class Products {

        final BlockingQueue<Context> asked = new ArrayBlockingQueue<>(1);

        String find(Context ctx, String query) throws InterruptedException {
            asked.add(ctx);
            ctx.done().await(Duration.ofSeconds(10));
            return query;
        }
    }
}
