package dev.ripcord.shop;

import dev.ripcord.jetty.RipcordHandler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// The shop on Jetty: Ripcord's handler around its own.
final class JettyServer implements Server.Http {

    private final org.eclipse.jetty.server.Server jetty;
    private final ServerConnector connector;
    private final RipcordHandler ripcord = new RipcordHandler();

    JettyServer(int port, Handler handler) throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        jetty = new org.eclipse.jetty.server.Server(threads);

        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        connector = new ServerConnector(
                jetty, new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration));
        connector.setHost("localhost");
        connector.setPort(port);
        jetty.addConnector(connector);

        ripcord.setHandler(new ShopHandler(handler));
        jetty.setHandler(ripcord);
        jetty.start();
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
    public void stop() throws Exception {
        jetty.stop();
    }

    /// The one place where a request is asked for its context; from here on it is a parameter.
    private static final class ShopHandler extends org.eclipse.jetty.server.Handler.Abstract {

        private final Handler handler;

        ShopHandler(Handler handler) {
            this.handler = handler;
        }

        @Override
        public boolean handle(org.eclipse.jetty.server.Request request, Response response, Callback callback)
                throws Exception {
            send(
                    handler.handle(
                            RipcordHandler.contextOf(request),
                            new Request(
                                    request.getMethod(),
                                    request.getHttpURI().getPath(),
                                    request.getHttpURI().getQuery(),
                                    request.getHeaders()::get)),
                    response,
                    callback);
            return true;
        }

        private static void send(Answer answer, Response response, Callback callback) {
            byte[] body = answer.bytes();
            response.setStatus(answer.status());
            answer.headers().forEach(response.getHeaders()::put);
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
            response.write(true, ByteBuffer.wrap(body), callback);
        }
    }
}
