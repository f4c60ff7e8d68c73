/// `java.net.http` calls that end with the context: [dev.ripcord.httpclient.ContextHttpClient].
@org.jspecify.annotations.NullMarked
module dev.ripcord.httpclient {
    requires transitive dev.ripcord;
    requires transitive java.net.http;
    requires static transitive org.jspecify;

    exports dev.ripcord.httpclient;
}
