package dev.ripcord.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RipcordHelidonExampleTest {

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        BlockingQueue<Context> began = new ArrayBlockingQueue<>(1);
        Handler search = (request, response) -> {
            Context ctx = Context.current();
            began.add(ctx);
            ctx.done().await(Duration.ofSeconds(10));
            response.send();
        };
        // @start region="install"
        var builder = WebServer.builder().routing(routing -> routing.get("/search", search));
        var ripcord = RipcordHelidon.install(builder);
        var server = builder.build().start();
        // @end region="install"
        try {
            Context ctx;
            try (Socket client = new Socket("localhost", server.port())) {
                client.getOutputStream()
                        .write("GET /search HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = began.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(Duration.ofSeconds(5));
            server.stop();
            // @end region="shutdown"
        }
    }
}
