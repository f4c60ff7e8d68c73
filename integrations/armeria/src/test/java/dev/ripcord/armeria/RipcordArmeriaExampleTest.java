package dev.ripcord.armeria;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RipcordArmeriaExampleTest {

    private final Products products = new Products();

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        // @start region="install"
        var builder = Server.builder().service("/search", this::search);
        var ripcord = RipcordArmeria.install(builder);
        var server = builder.build();
        // @end region="install"
        server.start().get(10, TimeUnit.SECONDS);
        try {
            Context ctx;
            try (Socket client = new Socket("localhost", server.activeLocalPort())) {
                client.getOutputStream()
                        .write("GET /search?q=a HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = products.asked.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(Duration.ofSeconds(5));
            server.stop().join();
            // @end region="shutdown"
        }
    }

    // @start region="search"
    HttpResponse search(ServiceRequestContext request, HttpRequest http) {
        return HttpResponse.of(RipcordArmeria.executeBlocking(
                request, ctx -> HttpResponse.of(products.find(ctx, request.queryParam("q")))));
    }
    // @end region="search"

    private static final class Products {

        final BlockingQueue<Context> asked = new ArrayBlockingQueue<>(1);

        String find(Context ctx, String query) throws InterruptedException {
            asked.add(ctx);
            ctx.done().await(Duration.ofSeconds(9));
            return query;
        }
    }
}
