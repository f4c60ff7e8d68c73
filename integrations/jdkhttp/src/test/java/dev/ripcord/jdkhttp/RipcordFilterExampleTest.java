package dev.ripcord.jdkhttp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class RipcordFilterExampleTest {

    @Test
    void aClientThatHangsUpEndsTheContextOfItsRequest() throws Exception {
        BlockingQueue<Context> began = new ArrayBlockingQueue<>(1);
        HttpHandler search = exchange -> {
            Context ctx = Context.current();
            began.add(ctx);
            try {
                ctx.done().await(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        };
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        // @start region="install"
        var ripcord = RipcordFilter.lookingAtSocketsOfLinux(Context.background()); // or new RipcordFilter()
        server.createContext("/search", search).getFilters().add(ripcord);
        // @end region="install"
        server.start();
        try {
            Context ctx;
            try (Socket client = new Socket(
                    InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
                client.getOutputStream()
                        .write("GET /search HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                ctx = began.poll(10, TimeUnit.SECONDS);
            }

            assertThat(ctx.done().await(Duration.ofSeconds(10))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
        } finally {
            // @start region="shutdown"
            ripcord.shutdown(server, Duration.ofSeconds(5));
            server.stop(0);
            // @end region="shutdown"
        }
    }
}
