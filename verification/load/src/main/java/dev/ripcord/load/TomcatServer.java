package dev.ripcord.load;

import dev.ripcord.Context;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.tomcat.RipcordTomcat;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/// Tomcat on NIO.
final class TomcatServer implements Kind.Server {

    private final Connector connector;

    TomcatServer(boolean adapter, Handler handler) throws IOException, LifecycleException {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("ripcord-load-").toString());
        connector = adapter ? RipcordTomcat.connector(0) : new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(0);
        connector.setProperty("address", "localhost");
        connector.setProperty("useVirtualThreads", "true");
        connector.setProperty("maxConnections", "20000");
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("acceptCount", "4096");
        tomcat.setConnector(connector);
        if (adapter) {
            RipcordTomcat.install(tomcat);
        }
        tomcat.addContext("", null)
                .addServletContainerInitializer(
                        (classes, servlets) -> {
                            if (adapter) {
                                new ContextFilter().addTo(servlets);
                            }
                            servlets.addServlet("load", new HandlerServlet(adapter, handler))
                                    .addMapping("/");
                        },
                        null);
        tomcat.start();
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    private static final class HandlerServlet extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final boolean adapter;
        private final transient Handler handler;

        HandlerServlet(boolean adapter, Handler handler) {
            this.adapter = adapter;
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws ServletException {
            Context ctx = adapter ? ContextFilter.contextOf(request) : Context.background();
            try {
                byte[] answer = handler.handle(
                        ctx,
                        request.getRequestURI(),
                        request.getQueryString(),
                        () -> request.getInputStream().readAllBytes());
                response.setContentLength(answer.length);
                response.getOutputStream().write(answer);
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }
}
