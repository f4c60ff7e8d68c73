/// R2DBC access that ends with the context.
///
/// What users see:
///
/// - [dev.ripcord.r2dbc.ContextConnectionFactory]: the `ConnectionFactory` to put around a pool or a driver
///
/// How it is made:
///
/// - `Acquisition`: waits for a connection until the context ends.
/// - `Guard`: one per connection; stops in the database what runs when the context ends.
/// - `Driver`: how that is done, for each driver.
/// - `GuardedConnection` and its like: the SPI over a guard.
@org.jspecify.annotations.NullMarked
package dev.ripcord.r2dbc;
