/// For those who join a server to Ripcord.
///
/// - [dev.ripcord.http.spi.DisconnectSource]: what tells that a request's client is gone
@org.jspecify.annotations.NullMarked
package dev.ripcord.http.spi;
