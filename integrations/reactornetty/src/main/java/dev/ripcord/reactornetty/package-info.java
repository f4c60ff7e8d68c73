/// Ends a request's context when its client is gone or the server stops: what only Reactor Netty's server can tell.
///
/// - [dev.ripcord.reactornetty.RipcordReactorNetty]: installed in one line; runs blocking code for requests
package dev.ripcord.reactornetty;
