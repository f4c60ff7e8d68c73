/// Ends a request's context when its client is gone or the server stops: [dev.ripcord.helidon.RipcordHelidon].
@org.jspecify.annotations.NullMarked
module dev.ripcord.helidon {
    requires transitive dev.ripcord.http;
    requires io.helidon.common.task;
    requires transitive io.helidon.webserver;
    requires static transitive org.jspecify;

    exports dev.ripcord.helidon;

    uses io.helidon.webserver.spi.ServerConnectionSelectorProvider;
}
