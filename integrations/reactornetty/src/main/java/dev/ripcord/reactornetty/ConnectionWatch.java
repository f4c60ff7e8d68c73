package dev.ripcord.reactornetty;

import dev.ripcord.http.RequestLifetime;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The first handler of a connection, which tells all its requests that it has ended, or cannot be written to. It hears
/// of that before Reactor Netty does, which then cancels.
final class ConnectionWatch extends ChannelDuplexHandler {

    private final Set<RequestLifetime> running = ConcurrentHashMap.newKeySet();
    private final boolean isHttp2;

    /// Whether the server was the first to close the connection. Used on its event loop.
    private boolean closedByServer;

    private ConnectionWatch(boolean isHttp2) {
        this.isHttp2 = isHttp2;
    }

    /// That of a request's connection, on its event loop.
    ///
    /// @param channel the connection, or one of its streams
    static ConnectionWatch of(Channel channel) {
        boolean isHttp2 = channel instanceof Http2StreamChannel;
        Channel connection = isHttp2 ? channel.parent() : channel;
        ConnectionWatch watch = connection.pipeline().get(ConnectionWatch.class);
        if (watch == null) {
            watch = new ConnectionWatch(isHttp2);
            connection.pipeline().addFirst(watch);
        }
        return watch;
    }

    void begin(RequestLifetime lifetime) {
        running.add(lifetime);
    }

    /// The connection has ended while the request was running.
    void closed(RequestLifetime lifetime) {
        if (!closedByServer) {
            lifetime.clientDisconnected();
        }
    }

    void end(RequestLifetime lifetime) {
        running.remove(lifetime);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (failure instanceof IOException broken) {
            running.forEach(lifetime -> lifetime.connectionReset(broken));
        }
        context.fireExceptionCaught(failure);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        running.forEach(this::closed);
        context.fireChannelInactive();
    }

    /// Netty closes by itself when the client has, but for TLS by this.
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        boolean closedByClient = tls != null && tls.engine().isInboundDone();
        closedByServer |= context.channel().isActive() && !closedByClient;
        var unused = context.close(promise);
    }

    /// What HTTP/2 writes may be of no response. What could not be written because the connection is closed tells
    /// nothing of why it is.
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!isHttp2) {
            promise = promise.unvoid().addListener(written -> {
                if (written.cause() instanceof IOException broken && !(broken instanceof ClosedChannelException)) {
                    running.forEach(lifetime -> lifetime.responseWriteFailed(broken));
                }
            });
        }
        var unused = context.write(message, promise);
    }
}
