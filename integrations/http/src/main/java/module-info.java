/// What all HTTP servers share: [dev.ripcord.http.ServerLifetime], [dev.ripcord.http.RequestLifetime].
@org.jspecify.annotations.NullMarked
module dev.ripcord.http {
    requires transitive dev.ripcord;
    requires static transitive org.jspecify;

    exports dev.ripcord.http;
    exports dev.ripcord.http.spi;
}
