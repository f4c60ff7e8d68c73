package dev.ripcord.tomcat;

import dev.ripcord.http.Exchanges;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.servlet.ExchangeServlets;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;

/// A real Tomcat with the adapter and the filter, on a free port.
final class Server implements AutoCloseable {

    /// The threads that requests run on.
    enum Threads {
        PLATFORM,
        VIRTUAL
    }

    private static final Logger QUIET = Logger.getLogger("org.apache");

    static {
        QUIET.setLevel(Level.WARNING);
    }

    private final Tomcat tomcat = new Tomcat();
    private final RipcordValve valve;
    private final RipcordTomcat ripcord;
    private final Context app;
    private int port;

    private Server(Threads threads, RipcordValve valve, Consumer<Connector> options) throws IOException {
        Connector connector = RipcordTomcat.connector(0);
        if (threads == Threads.VIRTUAL) {
            connector.getProtocolHandler().setExecutor(new VirtualThreadExecutor("tomcat-virtual-"));
        }
        options.accept(connector);
        tomcat.setBaseDir(Files.createTempDirectory("ripcord-tomcat").toString());
        tomcat.setConnector(connector);
        this.valve = valve;
        this.ripcord = RipcordTomcat.install(tomcat, valve);
        this.app = tomcat.addContext("", null);
        app.addServletContainerInitializer((classes, servlets) -> new ContextFilter().addTo(servlets), null);
    }

    static Server start(Threads threads, RipcordValve valve, Consumer<Connector> options, Exchanges exchanges)
            throws Exception {
        Server server = new Server(threads, valve, options);
        server.serve("/sync", ExchangeServlets.sync(exchanges));
        server.serve("/async", ExchangeServlets.async(exchanges));
        server.start();
        return server;
    }

    static Server start(Threads threads, Exchanges exchanges) throws Exception {
        return start(threads, new RipcordValve(), plain(), exchanges);
    }

    static Consumer<Connector> plain() {
        return connector -> connector.addUpgradeProtocol(new RipcordHttp2Protocol());
    }

    static Consumer<Connector> tls() {
        return connector -> {
            SSLHostConfig host = new SSLHostConfig();
            SSLHostConfigCertificate certificate = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
            certificate.setCertificateKeystoreFile(TestCertificate.KEY_STORE.toString());
            certificate.setCertificateKeystorePassword(TestCertificate.PASSWORD);
            host.addCertificate(certificate);
            connector.addSslHostConfig(host);
            connector.setProperty("SSLEnabled", "true");
            connector.setSecure(true);
            connector.setScheme("https");
            connector.addUpgradeProtocol(new RipcordHttp2Protocol());
        };
    }

    void serve(String path, HttpServlet servlet) {
        Tomcat.addServlet(app, path, servlet).addMapping(path);
        ((org.apache.catalina.Wrapper) app.findChild(path)).setAsyncSupported(true);
    }

    private void start() throws Exception {
        tomcat.start();
        port = tomcat.getConnector().getLocalPort();
    }

    /// Where it listens, or listened.
    int port() {
        return port;
    }

    RipcordValve valve() {
        return valve;
    }

    RipcordTomcat ripcord() {
        return ripcord;
    }

    Tomcat tomcat() {
        return tomcat;
    }

    Context app() {
        return app;
    }

    @Override
    public void close() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }
}
