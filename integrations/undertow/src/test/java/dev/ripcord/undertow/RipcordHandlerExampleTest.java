package dev.ripcord.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RipcordHandlerExampleTest {

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        BlockingQueue<Context> began = new ArrayBlockingQueue<>(1);
        HttpHandler search = exchange -> {
            Context ctx = RipcordHandler.contextOf(exchange);
            began.add(ctx);
            ctx.done().await(Duration.ofSeconds(10));
        };
        // @start region="install"
        var ripcord = RipcordHandler.blocking(search);
        var server = Undertow.builder()
                .addHttpListener(0, "localhost")
                .setHandler(ripcord)
                .build();
        // @end region="install"
        server.start();
        try {
            Context ctx;
            InetSocketAddress address =
                    (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
            try (Socket client = new Socket("localhost", address.getPort())) {
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
