/// One context per Jakarta Servlet request.
///
/// - [dev.ripcord.servlet.ContextFilter]: gives each request its context
///
/// Why a request's context ended is told by [dev.ripcord.http.RequestEndedException].
@org.jspecify.annotations.NullMarked
package dev.ripcord.servlet;
