/// One context per request of the JDK's HTTP server.
///
/// - [dev.ripcord.jdkhttp.RipcordFilter]: gives each request its context and ends it
@org.jspecify.annotations.NullMarked
package dev.ripcord.jdkhttp;
