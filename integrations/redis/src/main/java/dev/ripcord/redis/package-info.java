/// Redis commands that end with the context.
///
/// What users see:
///
/// - [dev.ripcord.redis.ContextLettuce]: with Lettuce; many callers share one connection
/// - [dev.ripcord.redis.ContextJedis]: with Jedis; each call has a connection of the pool to itself
/// - [dev.ripcord.redis.BlockTimeout]: the timeout that a blocking command is sent with
///
/// How it is made:
///
/// - `Ending`: what the end of a context does to a call that has a connection to itself.
/// - `Dedicated`: such a connection of Lettuce's.
@org.jspecify.annotations.NullMarked
package dev.ripcord.redis;
