/// Ends a request's context when its client is gone or the server stops: what only Armeria's server can tell.
///
/// - [dev.ripcord.armeria.RipcordArmeria]: installed in one line; runs blocking code for requests
package dev.ripcord.armeria;
