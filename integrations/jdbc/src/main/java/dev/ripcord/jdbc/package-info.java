/// Database access that ends with the context.
///
/// What users see:
///
/// - [dev.ripcord.jdbc.ContextDataSource]: the `DataSource` to put around a pool
/// - [dev.ripcord.jdbc.ContextSQLException]: what its objects throw when the context has ended
///
/// How it is made:
///
/// - `Acquisition`: waits for a connection until the context ends.
/// - `Guard`: one per connection, the state machine that stops what runs and never touches what comes after.
/// - `Driver`: what the guard needs of a driver, for each driver.
/// - `GuardedConnection` and its like: `java.sql` over a guard, generated.
@org.jspecify.annotations.NullMarked
package dev.ripcord.jdbc;
