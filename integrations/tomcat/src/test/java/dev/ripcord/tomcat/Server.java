package dev.ripcord.tomcat;

import dev.ripcord.servlet.ContextFilter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        server.serve("/sync", exchanges.sync());
        server.serve("/async", exchanges.async());
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
            certificate.setCertificateKeystoreFile(KeyStoreFile.PATH.toString());
            certificate.setCertificateKeystorePassword(KeyStoreFile.PASSWORD);
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

    /// A key made by the JDK's own tool, once per test run.
    private static final class KeyStoreFile {

        static final String PASSWORD = "ripcord";
        static final Path PATH = generate();

        private static Path generate() {
            try {
                Path file = Files.createTempDirectory("ripcord-tls").resolve("key.p12");
                String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool")
                        .toString();
                Process process = new ProcessBuilder(List.of(
                                keytool,
                                "-genkeypair",
                                "-alias",
                                "a",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "san=dns:localhost,ip:127.0.0.1",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                PASSWORD))
                        .inheritIO()
                        .start();
                if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw new IllegalStateException("keytool failed");
                }
                return file;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
