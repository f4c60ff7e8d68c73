package dev.ripcord.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

class RipcordHandlerExampleTest {

    private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);

    private final BlockingQueue<Context> began = new ArrayBlockingQueue<>(1);

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        Server server = new Server(0);
        Handler app = new SlowHandler();
        // @start region="install"
        RipcordHandler ripcord = new RipcordHandler();
        ripcord.setHandler(app);
        server.setHandler(ripcord);
        // @end region="install"
        server.start();
        try {
            Context ctx;
            try (Socket client =
                    new Socket("localhost", ((ServerConnector) server.getConnectors()[0]).getLocalPort())) {
                client.getOutputStream()
                        .write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = began.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(FIVE_SECONDS);
            server.stop();
            // @end region="shutdown"
        }
    }

    private final class SlowHandler extends Handler.Abstract {

        // @start region="handler"
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            Context ctx = RipcordHandler.contextOf(request);
            answer(ctx, callback);
            return true;
        }
        // @end region="handler"

        private void answer(Context ctx, Callback callback) throws InterruptedException {
            began.add(ctx);
            ctx.done().await(Duration.ofSeconds(10));
            callback.succeeded();
        }
    }
}
