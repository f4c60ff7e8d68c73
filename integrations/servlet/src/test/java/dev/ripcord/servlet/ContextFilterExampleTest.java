package dev.ripcord.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;

class ContextFilterExampleTest {

    @SuppressWarnings("serial") // nobody serializes servlets
    // @start region="handler"
    static final class ProductServlet extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Context ctx = ContextFilter.contextOf(request); // ends with the request
            response.getWriter().print(find(ctx, request.getParameter("id")));
        }
    }
    // @end region="handler"

    @Test
    void aServletFindsTheContextOfItsRequest() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setPort(0);
        // @start region="install"
        var app = tomcat.addContext("", null);
        app.addServletContainerInitializer((classes, servlets) -> new ContextFilter().addTo(servlets), null);
        // @end region="install"
        Tomcat.addServlet(app, "products", new ProductServlet()).addMapping("/products");
        tomcat.getConnector();
        tomcat.start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://localhost:" + tomcat.getConnector().getLocalPort() + "/products?id=7");

            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

            assertThat(answer.body()).isEqualTo("product 7");
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }

    private static String find(Context ctx, String id) {
        ctx.throwIfDone();
        return "product " + id;
    }
}
