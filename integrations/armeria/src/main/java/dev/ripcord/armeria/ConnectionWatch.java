package dev.ripcord.armeria;

import dev.ripcord.http.RequestLifetime;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The first handler of a connection, which tells all its requests that it has ended, or cannot be written to.
final class ConnectionWatch extends ChannelDuplexHandler {

    private final RipcordArmeria ripcord;
    private final Set<RequestLifetime> running = ConcurrentHashMap.newKeySet();
    private volatile boolean isHttp2;

    /// Whether the server was the first to close the connection. Used on its event loop.
    private boolean closedByServer;

    ConnectionWatch(RipcordArmeria ripcord) {
        this.ripcord = ripcord;
    }

    void begin(RequestLifetime lifetime, boolean http2) {
        isHttp2 = http2;
        running.add(lifetime);
    }

    void end(RequestLifetime lifetime) {
        running.remove(lifetime);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (ripcord.isDraining()) {
            var unused = context.close();
        } else {
            context.fireChannelActive();
        }
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
        if (!closedByServer) {
            running.forEach(RequestLifetime::clientDisconnected);
        }
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
