/// Ends a request's context when its client is gone or the server stops: [dev.ripcord.vertx.RipcordVertx].
@org.jspecify.annotations.NullMarked
module dev.ripcord.vertx {
    requires transitive dev.ripcord.http;
    requires transitive io.vertx.core;
    requires static transitive org.jspecify;

    exports dev.ripcord.vertx;
}
