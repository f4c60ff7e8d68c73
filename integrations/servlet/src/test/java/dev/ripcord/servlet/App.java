package dev.ripcord.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;

/// An application behind the filter in a plain container, without an adapter.
final class App implements AutoCloseable {

    /// The threads that requests run on.
    enum Threads {
        PLATFORM,
        VIRTUAL
    }

    private static final Logger QUIET = Logger.getLogger("org.apache");

    static {
        QUIET.setLevel(Level.OFF); // handlers of these tests fail on purpose
    }

    private final Tomcat tomcat = new Tomcat();
    private final Context context;
    private final List<Consumer<ServletContext>> initializers = new ArrayList<>();

    App(Threads threads) throws IOException {
        tomcat.setBaseDir(Files.createTempDirectory("ripcord-servlet").toString());
        tomcat.setPort(0);
        if (threads == Threads.VIRTUAL) {
            tomcat.getConnector().getProtocolHandler().setExecutor(new VirtualThreadExecutor("tomcat-virtual-"));
        }
        context = tomcat.addContext("", null);
    }

    static App with(Threads threads, ContextFilter filter) throws IOException {
        App app = new App(threads);
        return app.atStart(filter::addTo);
    }

    /// What a servlet does.
    interface Service {

        void serve(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException;
    }

    App serve(String path, Service service) {
        var servlet = Tomcat.addServlet(context, path, new Servlet(service));
        servlet.addMapping(path);
        servlet.setAsyncSupported(true);
        return this;
    }

    /// Adds a filter in front of those that are added after it.
    App before(Filter filter) {
        return atStart(servlets -> servlets.addFilter("before", filter).addMappingForUrlPatterns(null, false, "/*"));
    }

    /// Has `initializer` called when the application starts, in the order of these calls.
    App atStart(Consumer<ServletContext> initializer) {
        initializers.add(initializer);
        return this;
    }

    App start() throws Exception {
        context.addServletContainerInitializer(
                (classes, servlets) -> initializers.forEach(initializer -> initializer.accept(servlets)), null);
        tomcat.start();
        return this;
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), tomcat.getConnector().getLocalPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /// Sends a request and returns the whole answer.
    String get(String path) throws IOException {
        try (Socket socket = connect()) {
            send(socket, path);
            InputStream input = socket.getInputStream();
            return new String(input.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    static void send(Socket socket, String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private static final class Servlet extends HttpServlet {

        private final Service service;

        Servlet(Service service) {
            this.service = service;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            service.serve(request, response);
        }
    }
}
