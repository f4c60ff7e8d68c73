/// What all HTTP servers share, whatever their API.
///
/// For users:
///
/// - [dev.ripcord.http.RequestEndedException]: why a request's context ended
/// - [dev.ripcord.http.ServerStoppingException]: why those ended that ran when the server stopped
///
/// For adapters to servers:
///
/// - [dev.ripcord.http.ServerLifetime]: the server as the parent of its requests, from its start to its end
/// - [dev.ripcord.http.RequestLifetime]: one request and all ways in which it ends
/// - [dev.ripcord.http.EventLoopRequest]: the same where handlers must not block
/// - [dev.ripcord.http.DisconnectWatcher]: looks at the connections of requests that take long
@org.jspecify.annotations.NullMarked
package dev.ripcord.http;
