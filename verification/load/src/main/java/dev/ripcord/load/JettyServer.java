package dev.ripcord.load;

import dev.ripcord.Context;
import dev.ripcord.jetty.RipcordHandler;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// Jetty with its own API.
final class JettyServer implements Kind.Server {

    private final ServerConnector connector;

    JettyServer(boolean adapter, Handler handler) throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        org.eclipse.jetty.server.Server jetty = new org.eclipse.jetty.server.Server(threads);
        connector = new ServerConnector(jetty);
        connector.setHost("localhost");
        connector.setAcceptQueueSize(4096);
        jetty.addConnector(connector);

        LoadHandler load = new LoadHandler(adapter, handler);
        if (adapter) {
            RipcordHandler ripcord = new RipcordHandler();
            ripcord.setHandler(load);
            jetty.setHandler(ripcord);
        } else {
            jetty.setHandler(load);
        }
        jetty.start();
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    private static final class LoadHandler extends org.eclipse.jetty.server.Handler.Abstract {

        private final boolean adapter;
        private final Handler handler;

        LoadHandler(boolean adapter, Handler handler) {
            this.adapter = adapter;
            this.handler = handler;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            Context ctx = adapter ? RipcordHandler.contextOf(request) : Context.background();
            byte[] answer = handler.handle(
                    ctx, request.getHttpURI().getPath(), request.getHttpURI().getQuery(), () -> {
                        try (InputStream body = Content.Source.asInputStream(request)) {
                            return body.readAllBytes();
                        }
                    });
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.length);
            response.write(true, ByteBuffer.wrap(answer), callback);
            return true;
        }
    }
}
