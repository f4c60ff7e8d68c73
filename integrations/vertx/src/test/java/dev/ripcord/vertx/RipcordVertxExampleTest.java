package dev.ripcord.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RipcordVertxExampleTest {

    private final Products products = new Products();

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        var vertx = Vertx.vertx();
        // @start region="install"
        var server = vertx.createHttpServer();
        var ripcord = RipcordVertx.install(server, this::search);
        var listening = server.listen(0);
        // @end region="install"
        listening.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        try {
            Context ctx;
            try (Socket client = new Socket("localhost", server.actualPort())) {
                client.getOutputStream()
                        .write("GET /search?q=a HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = products.asked.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(Duration.ofSeconds(5));
            var closed = vertx.close();
            // @end region="shutdown"
            closed.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    // @start region="search"
    void search(HttpServerRequest request) {
        RipcordVertx.executeBlocking(request, ctx -> products.find(ctx, request.getParam("q")))
                .onSuccess(found -> request.response().end(found))
                .onFailure(failure -> request.response().setStatusCode(500).end());
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
