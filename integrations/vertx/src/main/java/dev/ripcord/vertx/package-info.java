/// Ends a request's context when its client is gone or the server stops: what only Vert.x's server can tell.
///
/// - [dev.ripcord.vertx.RipcordVertx]: installed in one line; runs blocking code for requests
package dev.ripcord.vertx;
