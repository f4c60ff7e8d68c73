/// Ends a request's context when its client is gone or the server stops: [dev.ripcord.armeria.RipcordArmeria].
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Armeria is no named module
module dev.ripcord.armeria {
    requires transitive com.linecorp.armeria;
    requires transitive dev.ripcord.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires static transitive org.jspecify;

    exports dev.ripcord.armeria;
}
