package dev.ripcord.jetty;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.TunnelSupport;
import org.eclipse.jetty.util.Callback;

/// Tells the watch before Jetty reads the connection, whoever makes it do so: the handler, or Jetty itself when it
/// throws away what is left of a body or goes on to the next request.
///
/// It is no `HttpStream.Wrapper`, for there the reading of what is left cannot be overridden.
final class WatchedStream implements HttpStream {

    private final HttpStream stream;
    private final ConnectionWatch watch;

    WatchedStream(HttpStream stream, ConnectionWatch watch) {
        this.stream = stream;
        this.watch = watch;
    }

    @Override
    public Content.Chunk read() {
        watch.beforeRead();
        Content.Chunk chunk = stream.read();
        if (chunk != null && chunk.isLast() && !Content.Chunk.isFailure(chunk)) {
            watch.afterLastRead();
        }
        return chunk;
    }

    @Override
    public void demand() {
        watch.beforeRead();
        stream.demand();
    }

    @Override
    public Throwable consumeAvailable() {
        watch.beforeRead();
        return stream.consumeAvailable();
    }

    @Override
    public void succeeded() {
        watch.end();
        stream.succeeded();
    }

    @Override
    public void failed(Throwable failure) {
        watch.end();
        stream.failed(failure);
    }

    // ---------------------------------------------------------------------------------------------- handed on as it is

    @Override
    public String getId() {
        return stream.getId();
    }

    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
        stream.prepareResponse(headers);
    }

    @Override
    public void send(
            MetaData.Request request, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        stream.send(request, response, last, content, callback);
    }

    @Override
    public Runnable cancelSend(Throwable failure, Callback callback) {
        return stream.cancelSend(failure, callback);
    }

    @Override
    public void push(MetaData.Request request) {
        stream.push(request);
    }

    @Override
    public long getIdleTimeout() {
        return stream.getIdleTimeout();
    }

    @Override
    public void setIdleTimeout(long millis) {
        stream.setIdleTimeout(millis);
    }

    @Override
    public boolean isCommitted() {
        return stream.isCommitted();
    }

    @Override
    public TunnelSupport getTunnelSupport() {
        return stream.getTunnelSupport();
    }

    @Override
    public InvocationType getInvocationType() {
        return stream.getInvocationType();
    }
}
