package dev.ripcord.jetty;

import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import dev.ripcord.servlet.ContextFilter;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.Executors;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// A real Jetty with the adapter, on a free port.
final class Server implements StoppableServer {

    /// The threads that requests run on.
    enum Threads {
        PLATFORM,
        VIRTUAL
    }

    private final org.eclipse.jetty.server.Server jetty;
    private final RipcordHandler ripcord;
    private final ServerConnector connector;
    private boolean tellsWhereBlocked = true;
    private int port;

    private Server(Threads threads, RipcordHandler ripcord, Transport transport) {
        QueuedThreadPool pool = new QueuedThreadPool();
        if (threads == Threads.VIRTUAL) {
            pool.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        }
        this.jetty = new org.eclipse.jetty.server.Server(pool);
        this.ripcord = ripcord;
        this.connector = new ServerConnector(jetty, transport == Transport.TLS ? tls() : plain());
        connector.setHost("localhost");
        jetty.addConnector(connector);
        jetty.setHandler(ripcord);
    }

    /// Not started.
    static Server of(Threads threads, RipcordHandler ripcord, Transport transport, Handler handler) {
        ripcord.setHandler(handler);
        return new Server(threads, ripcord, transport);
    }

    static Server start(Threads threads, RipcordHandler ripcord, Transport transport, Handler handler)
            throws Exception {
        Server server = of(threads, ripcord, transport, handler);
        server.start();
        return server;
    }

    static Server start(Mode mode, Transport transport, Exchanges exchanges) throws Exception {
        Server server = start(mode.threads, new RipcordHandler(), transport, mode.handler(exchanges));
        server.tellsWhereBlocked = !mode.isAsync();
        return server;
    }

    static Server start(Mode mode, Exchanges exchanges) throws Exception {
        return start(mode, Transport.HTTP1, exchanges);
    }

    /// A web application with the filter and one servlet for all paths.
    static Handler servlet(HttpServlet servlet) {
        ServletContextHandler app = new ServletContextHandler("/");
        app.addFilter(new FilterHolder(new ContextFilter()), "/*", EnumSet.allOf(jakarta.servlet.DispatcherType.class));
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        app.addServlet(holder, "/*");
        app.getServletHandler().getFilters()[0].setAsyncSupported(true);
        return app;
    }

    /// The same for Servlet 6.0.
    static Handler servletOfEe10(HttpServlet servlet) {
        var app = new org.eclipse.jetty.ee10.servlet.ServletContextHandler("/");
        app.addFilter(
                new org.eclipse.jetty.ee10.servlet.FilterHolder(new ContextFilter()),
                "/*",
                EnumSet.allOf(jakarta.servlet.DispatcherType.class));
        app.addServlet(new org.eclipse.jetty.ee10.servlet.ServletHolder(servlet), "/*");
        return app;
    }

    private static ConnectionFactory[] plain() {
        HttpConfiguration configuration = new HttpConfiguration();
        return new ConnectionFactory[] {
            new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration)
        };
    }

    private static ConnectionFactory[] tls() {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setKeyStorePath(TestCertificate.KEY_STORE.toString());
        context.setKeyStorePassword(TestCertificate.PASSWORD);
        HttpConfiguration configuration = new HttpConfiguration();
        HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http1.getProtocol());
        return new ConnectionFactory[] {
            new SslConnectionFactory(context, alpn.getProtocol()),
            alpn,
            new HTTP2ServerConnectionFactory(configuration),
            http1
        };
    }

    void start() throws Exception {
        jetty.start();
        port = connector.getLocalPort();
    }

    @Override
    public int port() {
        return port;
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
    public boolean tellsWhereBlocked() {
        return tellsWhereBlocked;
    }

    org.eclipse.jetty.server.Server jetty() {
        return jetty;
    }

    ServerConnector connector() {
        return connector;
    }

    @Override
    public void close() throws Exception {
        jetty.stop();
    }
}
