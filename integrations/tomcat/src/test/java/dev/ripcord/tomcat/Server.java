package dev.ripcord.tomcat;

import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.TestCertificate;
import dev.ripcord.http.Transport;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.servlet.ExchangeServlets;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;

/// A real Tomcat with the adapter and the filter, on a free port.
final class Server implements StoppableServer {

    /// The threads that requests run on.
    enum Threads {
        PLATFORM,
        VIRTUAL
    }

    /// What its connector is made with.
    enum Protocol {
        RIPCORD(RipcordProtocol.class),
        NIO(Http11NioProtocol.class),
        NIO2(Http11Nio2Protocol.class);

        private final String className;

        Protocol(Class<? extends ProtocolHandler> type) {
            this.className = type.getName();
        }
    }

    /// Which Tomcat is on the class path, as in the table of versions.
    static final String TITLE = ServerInfo.getServerNumber().startsWith("10.1.") ? "Tomcat 10.1" : "Tomcat";

    private static final Logger QUIET = Logger.getLogger("org.apache");

    static {
        QUIET.setLevel(Level.WARNING);
    }

    private final Tomcat tomcat = new Tomcat();
    private final RipcordValve valve;
    private final RipcordTomcat ripcord;
    private final Context app;
    private final Protocol protocol;
    private String path = "/sync";
    private int port;

    private Server(Protocol protocol, Threads threads, RipcordValve valve, Consumer<Connector> options)
            throws IOException {
        this.protocol = protocol;
        Connector connector = RipcordTomcat.connector(0);
        if (protocol != Protocol.RIPCORD) {
            connector = new Connector(protocol.className);
            connector.setPort(0);
            connector.setProperty("bindOnInit", "false");
        }
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
        return start(Protocol.RIPCORD, threads, valve, options, exchanges);
    }

    static Server start(
            Protocol protocol, Threads threads, RipcordValve valve, Consumer<Connector> options, Exchanges exchanges)
            throws Exception {
        Server server = new Server(protocol, threads, valve, options);
        server.serve("/sync", ExchangeServlets.sync(exchanges));
        server.serve("/async", ExchangeServlets.async(exchanges));
        server.start();
        return server;
    }

    static Server start(Mode mode, Transport transport, Exchanges exchanges) throws Exception {
        return start(mode, new RipcordValve(), transport, exchanges);
    }

    static Server start(Mode mode, RipcordValve valve, Transport transport, Exchanges exchanges) throws Exception {
        Server server =
                start(mode.protocol, mode.threads, valve, transport == Transport.TLS ? tls() : plain(), exchanges);
        server.path = mode.path;
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
    @Override
    public int port() {
        return port;
    }

    @Override
    public int running() {
        return valve.server().running();
    }

    @Override
    public OptionalInt watched() {
        return protocol == Protocol.RIPCORD ? OptionalInt.of(valve.watcher().registered()) : OptionalInt.empty();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    @Override
    public boolean tellsWhereBlocked() {
        return !path.equals("/async");
    }

    RipcordValve valve() {
        return valve;
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
