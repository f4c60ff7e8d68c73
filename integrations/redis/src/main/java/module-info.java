/// Redis commands that end with the context: [dev.ripcord.redis.ContextLettuce], [dev.ripcord.redis.ContextJedis].
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // the clients are no named modules
module dev.ripcord.redis {
    requires transitive dev.ripcord;
    requires static transitive lettuce.core;
    requires static transitive org.jspecify;
    requires static transitive redis.clients.jedis;
    requires static org.apache.commons.pool2;

    exports dev.ripcord.redis;
}
