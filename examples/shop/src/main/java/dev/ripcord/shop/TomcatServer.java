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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;

/// The shop on Tomcat: a connector and a listener of Ripcord's, and its filter in the web application.
final class TomcatServer implements Server.Http {

    private final Tomcat tomcat = new Tomcat();
    private final RipcordTomcat ripcord;
    private final Connector connector;
    private final Path work;

    TomcatServer(int port, Handler handler) throws IOException, LifecycleException {
        work = Files.createTempDirectory("ripcord-shop-");
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
                .addServletContainerInitializer((classes, servletContext) -> install(servletContext, handler), null);
        tomcat.start();
    }

    private static void install(ServletContext servletContext, Handler handler) {
        new ContextFilter().addTo(servletContext);
        servletContext.addServlet("shop", new HandlerServlet(handler)).addMapping("/");
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public int shutdown(Duration grace) throws InterruptedException {
        return ripcord.shutdown(grace);
    }

    @Override
    public void stop() throws LifecycleException, IOException {
        tomcat.stop();
        tomcat.destroy();
        try (var files = Files.walk(work)) {
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
                send(
                        handler.handle(
                                ContextFilter.contextOf(request),
                                new Request(
                                        request.getMethod(),
                                        request.getRequestURI(),
                                        request.getQueryString(),
                                        request::getHeader)),
                        response);
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }

        private static void send(Answer answer, HttpServletResponse response) throws IOException {
            byte[] body = answer.bytes();
            response.setStatus(answer.status());
            answer.headers().forEach(response::setHeader);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
