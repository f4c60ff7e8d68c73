/// MongoDB operations that end with the context: [dev.ripcord.mongodb.ContextMongo].
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // the driver is no named module
module dev.ripcord.mongodb {
    requires transitive dev.ripcord;
    requires org.mongodb.driver.core;
    requires transitive org.mongodb.driver.sync.client;
    requires static transitive org.jspecify;

    exports dev.ripcord.mongodb;
}
