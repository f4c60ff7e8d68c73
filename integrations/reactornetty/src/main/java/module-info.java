/// Ends a request's context when its client is gone or the server stops:
/// [dev.ripcord.reactornetty.RipcordReactorNetty].
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Reactor is no named module
module dev.ripcord.reactornetty {
    requires transitive dev.ripcord.http;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires transitive reactor.core;
    requires reactor.netty.core;
    requires transitive reactor.netty.http;
    requires static transitive org.jspecify;

    exports dev.ripcord.reactornetty;
}
