package dev.ripcord.undertow;

import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import java.net.InetSocketAddress;
import java.time.Duration;

/// A real server with the adapter, on a free port.
final class Server implements StoppableServer {

    private final RipcordHandler ripcord;
    private final Undertow undertow;

    private Server(RipcordHandler ripcord, Transport transport) {
        this.ripcord = ripcord;
        Undertow.Builder builder = Undertow.builder()
                .setHandler(ripcord)
                .setIoThreads(2)
                .setWorkerThreads(4) // each keeps a selector, three files, once it has waited for bytes
                .setServerOption(UndertowOptions.ENABLE_HTTP2, transport == Transport.HTTP2)
                .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, (int) Exchanges.GUARD.toMillis());
        this.undertow = (transport == Transport.TLS
                        ? builder.addHttpsListener(0, "localhost", TestCertificate.serverContext())
                        : builder.addHttpListener(0, "localhost"))
                .build();
    }

    static Server start(RipcordHandler ripcord, Transport transport) {
        Server server = new Server(ripcord, transport);
        server.undertow.start();
        return server;
    }

    static Server start(Mode mode, Transport transport, Exchanges exchanges) {
        return start(new RipcordHandler(mode.handler(exchanges)), transport);
    }

    /// A handler on worker threads, without TLS.
    static Server start(HttpHandler blocking) {
        return start(RipcordHandler.blocking(blocking), Transport.HTTP1);
    }

    @Override
    public int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    }

    @Override
    public int running() {
        return ripcord.server().running();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    @Override
    public void close() throws InterruptedException {
        ripcord.shutdown(Duration.ZERO);
        undertow.stop();
    }
}
