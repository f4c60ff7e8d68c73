/// Ends a request's context when its client is gone or the server stops: what only Tomcat can tell.
///
/// - [dev.ripcord.tomcat.RipcordTomcat]: for an embedded Tomcat, two lines
/// - [dev.ripcord.tomcat.RipcordHttp2Protocol]: HTTP/2, without upgrades from HTTP/1.1
/// - [dev.ripcord.tomcat.RipcordProtocol] and [dev.ripcord.tomcat.RipcordValve]: for a `server.xml`
@org.jspecify.annotations.NullMarked
package dev.ripcord.tomcat;
