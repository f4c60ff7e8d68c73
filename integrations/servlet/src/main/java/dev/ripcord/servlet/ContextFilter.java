package dev.ripcord.servlet;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumSet;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A filter that gives each request one context and makes it current for everything behind the filter.
///
/// {@snippet class="dev.ripcord.servlet.ContextFilterExampleTest" region="handler"}
///
/// ## Rules
///
/// - The context ends when the request does: when the filter returns, or for an asynchronous request when that is
///   complete. Its cause is then a [dev.ripcord.http.HandlerFinishedException].
/// - It ends before that when the response cannot be written, with a [dev.ripcord.http.ResponseWriteFailedException].
/// - That the client is gone before anything is written only the server can see: with an adapter such as
///   `ripcord-tomcat` it ends then. The adapter opens the context before the filter, and decides its parent. At the
///   first request that no adapter has seen it logs which one is missing.
/// - A forward, an include, an error page and an asynchronous dispatch see the same context as the request. Without an
///   adapter an error page runs after the filter has returned, under a context that has ended.
/// - A container's timeout, idle or asynchronous, does not end it.
/// - It is current on the thread that the container calls the filter on, and not on threads that the handler
///   starts; there it is found by [#contextOf].
///
/// A write failure is seen on the response that the filter hands on, not on `request.startAsync().getResponse()`.
public final class ContextFilter implements Filter {

    private static final Logger LOG = System.getLogger("dev.ripcord.servlet");

    private final ServerLifetime server;
    private final AtomicBoolean toldWhatIsMissing = new AtomicBoolean();

    /// A filter whose contexts have no parent but [Context#background()].
    public ContextFilter() {
        this(Context.background());
    }

    /// A filter whose contexts are children of a context, such as one that ends when the server stops.
    ///
    /// @param parent what ends every request when it ends
    public ContextFilter(Context parent) {
        this.server = ServerLifetime.under(requireNonNull(parent, "parent"));
    }

    /// The context of a request, on any thread, until the request is complete.
    ///
    /// @param request as it came, wrapped or dispatched
    /// @return its context; the same at every call
    /// @throws IllegalStateException if neither this filter nor an adapter has seen the request
    public static Context contextOf(ServletRequest request) {
        RequestLifetime lifetime = lifetimeOf(request);
        if (lifetime == null) {
            throw new IllegalStateException(
                    "request has no context; install dev.ripcord.servlet.ContextFilter in front of"
                            + " this servlet, for every dispatcher type and with async supported: new ContextFilter().addTo(servletContext)");
        }
        return lifetime.context();
    }

    /// Installs this filter in front of every servlet: for all paths, all dispatcher types, with async supported.
    ///
    /// Its name is `ripcord`, and it comes before the filters that a `web.xml` maps.
    ///
    /// @param servletContext the application, while it is initialized
    /// @return the registration, for those who want less than all
    /// @throws IllegalStateException if a filter of that name is there already
    public FilterRegistration.Dynamic addTo(ServletContext servletContext) {
        FilterRegistration.Dynamic registration = servletContext.addFilter("ripcord", this);
        if (registration == null) {
            throw new IllegalStateException("filter ripcord is already there; add ContextFilter once");
        }
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
        return registration;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        RequestLifetime lifetime = lifetimeOf(request);
        if (lifetime != null) {
            proceed(lifetime, request, response, chain);
            return;
        }
        lifetime = open((HttpServletRequest) request);
        if (!toldWhatIsMissing.getAndSet(true)) {
            LOG.log(Level.WARNING, missing(request.getServletContext().getServerInfo()));
        }
        try {
            proceed(lifetime, request, response, chain);
        } finally {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new AsyncEnd(lifetime));
            } else {
                lifetime.handlerFinished();
            }
        }
    }

    private RequestLifetime open(HttpServletRequest request) {
        RequestLifetime lifetime = server.open(request.getMethod(), request.getRequestURI());
        request.setAttribute(RequestLifetime.ATTRIBUTE, lifetime);
        return lifetime;
    }

    /// What is not noticed in a container without an adapter, and which adapter would.
    ///
    /// @param container as it calls itself
    static String missing(String container) {
        String name = container.toLowerCase(Locale.ROOT);
        String remedy = Stream.of("tomcat", "jetty")
                .filter(name::contains)
                .findFirst()
                .map(server -> "add ripcord-" + server)
                .orElse("Ripcord has no adapter for it");
        return "clients of " + container + " that leave are not noticed before something is written to them; " + remedy;
    }

    private static @Nullable RequestLifetime lifetimeOf(ServletRequest request) {
        return (RequestLifetime) request.getAttribute(RequestLifetime.ATTRIBUTE);
    }

    private static void proceed(
            RequestLifetime lifetime, ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ServletResponse watched = WatchedResponse.of((HttpServletResponse) response, lifetime);
        try {
            lifetime.<@Nullable Void, Exception>call(() -> {
                chain.doFilter(request, watched);
                return null;
            });
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException("chain threw an exception it does not declare", e);
        }
    }
}
