/// What only Jetty can tell: [dev.ripcord.jetty.RipcordHandler].
@org.jspecify.annotations.NullMarked
module dev.ripcord.jetty {
    requires transitive dev.ripcord.http;
    requires transitive org.eclipse.jetty.server;
    requires static transitive org.jspecify;

    exports dev.ripcord.jetty;
}
