/// MongoDB operations that end with the context.
///
/// What users see:
///
/// - [dev.ripcord.mongodb.ContextMongo]: a client, a database or a collection, used under a context
///
/// How it is made:
///
/// - `Call`: one call, on a virtual thread, where an interrupt frees what waits in the driver.
@org.jspecify.annotations.NullMarked
package dev.ripcord.mongodb;
