package dev.ripcord.servlet;

import dev.ripcord.http.Exchanges;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/// The handler of the contract that all adapters share, as servlets.
public final class ExchangeServlets {

    private ExchangeServlets() {}

    /// Blocks on the container's thread.
    public static HttpServlet sync(Exchanges exchanges) {
        return new Handler() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
                handle(exchanges, request, response);
            }
        };
    }

    /// Blocks on a virtual thread of its own, to which it takes the context along.
    public static HttpServlet async(Exchanges exchanges) {
        return new Handler() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) {
                AsyncContext async = request.startAsync(request, response);
                async.setTimeout(0);
                Completion completion = new Completion(async);
                async.addListener(completion);
                Thread.startVirtualThread(ContextFilter.contextOf(request).wrap(() -> {
                    try {
                        handle(exchanges, request, response);
                    } catch (IOException e) {
                        // the test sees why in the cause
                    } finally {
                        completion.complete();
                    }
                }));
            }
        };
    }

    private static void handle(Exchanges exchanges, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        exchanges.handle(
                request.getQueryString(),
                ContextFilter.contextOf(request),
                () -> request.getInputStream().readAllBytes(),
                body -> {
                    response.setContentLength(body.length);
                    response.getOutputStream().write(body);
                    response.getOutputStream().flush();
                });
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private abstract static class Handler extends HttpServlet {}

    /// Completes a request once: after an error the container does, and then uses the request for another.
    private static final class Completion implements AsyncListener {

        private final AsyncContext async;
        private boolean over;

        Completion(AsyncContext async) {
            this.async = async;
        }

        synchronized void complete() {
            if (!over) {
                over = true;
                async.complete();
            }
        }

        @Override
        public synchronized void onError(AsyncEvent event) {
            over = true;
        }

        @Override
        public synchronized void onComplete(AsyncEvent event) {
            over = true;
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
