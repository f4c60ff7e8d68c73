package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.servlet.ContextFilter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;

class RipcordTomcatExampleTest {

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        BlockingQueue<Context> began = new ArrayBlockingQueue<>(1);
        Tomcat tomcat = new Tomcat();
        // @start region="install"
        tomcat.setConnector(RipcordTomcat.connector(0));
        var ripcord = RipcordTomcat.install(tomcat);

        var app = tomcat.addContext("", null);
        app.addServletContainerInitializer((classes, servlets) -> new ContextFilter().addTo(servlets), null);
        // @end region="install"
        Tomcat.addServlet(app, "slow", new SlowServlet(began)).addMapping("/slow");
        tomcat.start();
        try {
            Context ctx;
            try (Socket client = new Socket("localhost", tomcat.getConnector().getLocalPort())) {
                client.getOutputStream()
                        .write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = began.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(Duration.ofSeconds(5));
            tomcat.stop();
            tomcat.destroy();
            // @end region="shutdown"
        }
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private static final class SlowServlet extends HttpServlet {

        private final BlockingQueue<Context> began;

        SlowServlet(BlockingQueue<Context> began) {
            this.began = began;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException {
            Context ctx = Context.current();
            began.add(ctx);
            try {
                ctx.done().await(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                throw new ServletException(e);
            }
        }
    }
}
