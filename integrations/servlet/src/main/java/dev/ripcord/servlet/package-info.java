/// One context per Jakarta Servlet request.
///
/// - [dev.ripcord.servlet.ContextFilter]: gives each request its context
/// - [dev.ripcord.servlet.RequestEndedException]: why a request's context ended
/// - [dev.ripcord.servlet.RequestLifetime]: for servers that know more about their requests than a filter can
@org.jspecify.annotations.NullMarked
package dev.ripcord.servlet;
