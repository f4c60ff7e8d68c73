/// Database access that ends with the context.
///
/// What users see:
///
/// - [dev.ripcord.jdbc.ContextDataSource]: the `DataSource` to put around a pool
/// - [dev.ripcord.jdbc.AfterCancel] and [dev.ripcord.jdbc.Belt]: what one can say about its connections
/// - [dev.ripcord.jdbc.Transactions], [dev.ripcord.jdbc.Transaction], [dev.ripcord.jdbc.Isolation]: work that is
///   committed or rolled back as a whole
/// - [dev.ripcord.jdbc.ContextPostgres]: `copy` and `listen` of PostgreSQL
/// - [dev.ripcord.jdbc.ContextSQLException]: what its objects throw when the context has ended
///
/// How it is made:
///
/// - `Acquisition`: waits for a connection until the context ends.
/// - `Guard`: one per connection, the state machine that stops what runs and never touches what comes after.
/// - `Drivers`: how each driver stops its calls; `dev.ripcord.jdbc.spi` adds others.
/// - `Mode`: what a transaction changes in a connection. `Conflicts`: the failures after which another attempt is worth
///   it.
/// - `GuardedConnection` and its like: `java.sql` over a guard, generated.
@org.jspecify.annotations.NullMarked
package dev.ripcord.jdbc;
