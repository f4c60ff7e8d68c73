/// Ends a request's context when its client is gone or the server stops: what only Helidon's server can tell.
///
/// - [dev.ripcord.helidon.RipcordHelidon]: installed in one line
package dev.ripcord.helidon;
