package dev.ripcord.jetty;

import dev.ripcord.http.Exchanges;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;

/// The handler of the contract that all adapters share, in Jetty's own API.
final class CoreHandler {

    private CoreHandler() {}

    /// Blocks on Jetty's thread.
    static Handler sync(Exchanges exchanges) {
        return new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                answer(exchanges, request, response, callback);
                return true;
            }
        };
    }

    /// Blocks on a virtual thread of its own, to which it takes the context along.
    static Handler async(Exchanges exchanges) {
        return new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Thread.startVirtualThread(
                        RipcordHandler.contextOf(request).wrap(() -> answer(exchanges, request, response, callback)));
                return true;
            }
        };
    }

    private static void answer(Exchanges exchanges, Request request, Response response, Callback callback) {
        try {
            exchanges.handle(
                    request.getHttpURI().getQuery(),
                    RipcordHandler.contextOf(request),
                    () -> readAll(request),
                    body -> write(response, body));
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        }
    }

    static byte[] readAll(Request request) throws IOException {
        try (InputStream body = Content.Source.asInputStream(request)) {
            return body.readAllBytes();
        }
    }

    static void write(Response response, byte[] body) throws IOException {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        try (Blocker.Callback written = Blocker.callback()) {
            response.write(true, ByteBuffer.wrap(body), written);
            written.block();
        }
    }
}
