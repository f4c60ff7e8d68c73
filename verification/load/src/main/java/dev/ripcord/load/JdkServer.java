package dev.ripcord.load;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ripcord.Context;
import dev.ripcord.jdkhttp.RipcordFilter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/// The JDK's own, with a filter that looks at the sockets of Linux.
final class JdkServer implements Kind.Server {

    private final HttpServer server;

    JdkServer(boolean adapter, Handler handler) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        HttpContext root = server.createContext("/", exchange -> handle(handler, exchange));
        if (adapter) {
            root.getFilters().add(RipcordFilter.lookingAtSocketsOfLinux(Context.background()));
        }
        server.start();
    }

    private static void handle(Handler handler, HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] answer = handler.handle(
                    Context.current(),
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestURI().getQuery(),
                    () -> exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length); // 0 is any length
            exchange.getResponseBody().write(answer);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @Override
    public int port() {
        return server.getAddress().getPort();
    }
}
