package dev.ripcord.shop;

import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.tomcat.RipcordHttp2Protocol;
import dev.ripcord.tomcat.RipcordTomcat;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An HTTP service on a port of its own: Tomcat with HTTP/1.1 and h2c, and a virtual thread for each request.
///
/// Each request has a context, which ends with the request, when its client is gone, and when the service stops.
final class Web implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Web.class);

    private final String name;
    private final Tomcat tomcat = new Tomcat();
    private final RipcordTomcat ripcord;
    private final Connector connector;
    private final Path work;
    private final Duration drain;

    private Web(String name, int port, Map<String, Handler> routes, Duration drain) throws IOException {
        this.name = name;
        this.drain = drain;
        this.work = Files.createTempDirectory("ripcord-shop-");
        tomcat.setBaseDir(work.toString());

        connector = RipcordTomcat.connector(port);
        connector.setProperty("address", "localhost");
        connector.setProperty("useVirtualThreads", "true");
        connector.setThrowOnFailure(true);
        connector.addUpgradeProtocol(new RipcordHttp2Protocol());
        tomcat.setConnector(connector);
        ripcord = RipcordTomcat.install(tomcat);

        ErrorReportValve errors = new ErrorReportValve();
        errors.setShowReport(false);
        errors.setShowServerInfo(false);
        tomcat.getHost().getPipeline().addValve(errors);

        tomcat.addContext("", null)
                .addServletContainerInitializer((classes, servletContext) -> install(servletContext, routes), null);
    }

    private static void install(ServletContext servletContext, Map<String, Handler> routes) {
        new ContextFilter().addTo(servletContext);
        routes.forEach((path, handler) ->
                servletContext.addServlet(path, new HandlerServlet(handler)).addMapping(path));
    }

    /// Starts to serve.
    ///
    /// @param name for the log
    /// @param option the option that the port is from, for the message if it is taken
    /// @param port 0 for any free one
    /// @param routes servlet mappings, such as `/products/*`, and what answers them
    /// @param drain how long requests may go on when the service is closed
    static Web start(String name, String option, int port, Map<String, Handler> routes, Duration drain) {
        try {
            Web web = new Web(name, port, routes, drain);
            web.tomcat.start();
            return web;
        } catch (LifecycleException e) {
            throw new StartException(taken(option, port), e);
        } catch (IOException e) {
            throw new StartException("no temporary directory: " + e.getMessage(), e);
        }
    }

    /// What to say about a port that cannot be opened.
    static String taken(String option, int port) {
        return "%s: port %s is taken or not allowed; choose another one, or 0 for any free one".formatted(option, port);
    }

    URI uri() {
        return URI.create("http://localhost:" + connector.getLocalPort());
    }

    /// Takes no more requests, lets the running ones finish, and cancels what is left when the time to drain is over.
    @Override
    public void close() throws InterruptedException, LifecycleException, IOException {
        int cancelled = ripcord.shutdown(drain);
        LOG.info("{} has stopped, {} requests cancelled", name, cancelled);
        tomcat.stop();
        tomcat.destroy();
        delete(work);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// The one place where a request is asked for its context; from here on it is a parameter.
    private static final class HandlerServlet extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final transient Handler handler;

        HandlerServlet(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            try {
                handler.handle(ContextFilter.contextOf(request), request, response);
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }
}
