/// One context per request of the JDK's HTTP server: [dev.ripcord.jdkhttp.RipcordFilter].
@org.jspecify.annotations.NullMarked
module dev.ripcord.jdkhttp {
    requires transitive dev.ripcord.http;
    requires transitive jdk.httpserver;
    requires static transitive org.jspecify;

    exports dev.ripcord.jdkhttp;
}
