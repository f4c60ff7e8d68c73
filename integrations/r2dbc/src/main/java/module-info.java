/// R2DBC access that ends with the context: [dev.ripcord.r2dbc.ContextConnectionFactory].
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // neither R2DBC nor Reactor is a named module
module dev.ripcord.r2dbc {
    requires transitive dev.ripcord;
    requires transitive r2dbc.spi;
    requires transitive reactor.core;
    requires org.reactivestreams;
    requires static org.jspecify;
    requires static r2dbc.mariadb;
    requires static r2dbc.postgresql;

    exports dev.ripcord.r2dbc;
}
