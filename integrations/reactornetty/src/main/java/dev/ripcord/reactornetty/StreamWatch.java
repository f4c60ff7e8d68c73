package dev.ripcord.reactornetty;

import dev.ripcord.http.RequestLifetime;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ResetFrame;
import java.util.OptionalLong;

/// The first handler of an HTTP/2 stream, which tells its request that the client has reset it.
final class StreamWatch extends ChannelInboundHandlerAdapter {

    private final RequestLifetime lifetime;

    StreamWatch(RequestLifetime lifetime) {
        this.lifetime = lifetime;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            lifetime.streamReset(OptionalLong.of(reset.errorCode()), null);
        }
        context.fireUserEventTriggered(event);
    }
}
