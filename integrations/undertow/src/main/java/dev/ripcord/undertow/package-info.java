/// What only Undertow can tell: that the client of a request is gone, and that the server stops.
///
/// - [dev.ripcord.undertow.RipcordHandler]: gives each request its context and ends it
@org.jspecify.annotations.NullMarked
package dev.ripcord.undertow;
