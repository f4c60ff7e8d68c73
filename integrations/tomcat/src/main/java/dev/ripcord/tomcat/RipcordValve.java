package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ServerLifetime;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import org.apache.catalina.Engine;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleListener;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/// A valve of the engine that opens each request's context and ends it when the client is gone, the request is
/// complete or the server stops.
///
/// An embedded Tomcat installs it with [RipcordTomcat]; in a `server.xml` it is the engine's first valve:
///
/// ```xml
/// <Engine name="Catalina" defaultHost="localhost">
///   <Valve className="dev.ripcord.tomcat.RipcordValve"/>
/// ```
///
/// ## Rules
///
/// - It watches HTTP/1.1 requests of connectors whose protocol is [RipcordProtocol], and all HTTP/2 requests.
/// - Those of a connector with Tomcat's own protocol over NIO it looks at every 50 ms, which costs more and sees
///   less: a body, even one that was read, or a request that was pipelined with the first hides a close, and a reset
///   looks like one. It does not see those of NIO2 and AJP.
/// - A client that closes its connection, or its half of it, is gone.
/// - An HTTP/1.1 request is watched once its body has been read. Bytes that follow it, a pipelined request, hide a
///   later close; then only a failing write tells.
/// - It puts nothing on the wire and takes nothing off it.
/// - When the engine stops, all requests still running end with a [dev.ripcord.http.ServerStoppingException].
public final class RipcordValve extends ValveBase {

    private static final Log LOG = LogFactory.getLog(RipcordValve.class);

    private static final String REMEDY = "set protocol=\"" + RipcordProtocol.class.getName() + "\"";

    @SuppressWarnings("ContextInField") // that of the server, from which each request derives its own
    private final Context parent;

    private final LifecycleListener engineStop = this::beforeStop;
    private Duration armAfter = DisconnectWatcher.DEFAULT_ARM_AFTER;

    // written while no request runs
    private ServerLifetime server;
    private @Nullable DisconnectWatcher watcher;

    /// A valve whose contexts have no parent but [Context#background()].
    public RipcordValve() {
        this(Context.background());
    }

    /// A valve whose contexts are descendants of a context.
    ///
    /// @param parent what ends every request when it ends
    public RipcordValve(Context parent) {
        super(true);
        this.parent = requireNonNull(parent, "parent");
        this.server = ServerLifetime.under(parent);
    }

    /// Sets how long a request runs before its connection is watched: 20 ms unless told.
    ///
    /// Short requests cost next to nothing that way. Zero watches every request at once.
    ///
    /// @param millis the time in milliseconds, before the valve is started
    public void setArmAfterMillis(long millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("armAfterMillis < 0: " + millis);
        }
        armAfter = Duration.ofMillis(millis);
    }

    /// The server since its last start.
    ServerLifetime server() {
        return server;
    }

    /// What watches the connections.
    DisconnectWatcher watcher() {
        return requireNonNull(watcher, "valve is not started");
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getAttribute(RequestLifetime.ATTRIBUTE) != null) { // dispatched
            getNext().invoke(request, response);
            return;
        }
        Watch watch = begin(request);
        try {
            getNext().invoke(request, response);
        } finally {
            if (request.isAsync()) {
                watch.listen(request.getAsyncContextInternal());
            } else {
                watch.end();
            }
        }
    }

    private Watch begin(Request request) {
        RequestLifetime lifetime = server.open(request.getMethod(), request.getRequestURI());
        request.setAttribute(RequestLifetime.ATTRIBUTE, lifetime);
        Watch watch = new Watch(
                lifetime, request.getCoyoteRequest(), request.getConnector().getProtocolHandler());
        watcher().enter(watch);
        return watch;
    }

    @Override
    protected void startInternal() throws LifecycleException {
        server = ServerLifetime.under(parent);
        try {
            watcher = DisconnectWatcher.start("tomcat", armAfter);
        } catch (IOException e) {
            throw new LifecycleException("no selector to watch connections with", e);
        }
        container.addLifecycleListener(engineStop);
        logUnwatchedConnectors();
        super.startInternal();
    }

    @Override
    protected void stopInternal() throws LifecycleException {
        super.stopInternal();
        container.removeLifecycleListener(engineStop);
        server.endAll(Duration.ZERO);
        watcher().close();
    }

    private void beforeStop(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_STOP_EVENT)) {
            server.endAll(Duration.ZERO);
        }
    }

    private void logUnwatchedConnectors() {
        if (container instanceof Engine engine && engine.getService() != null) {
            for (Connector connector : engine.getService().findConnectors()) {
                switch (connector.getProtocolHandler()) {
                    case RipcordProtocol protocol -> {}
                    case Http11NioProtocol protocol ->
                        LOG.info("HTTP/1.1 clients that leave " + connector + " are looked for every 50 ms; " + REMEDY);
                    case ProtocolHandler protocol ->
                        LOG.warn("HTTP/1.1 clients that leave " + connector + " are not noticed: its protocol is "
                                + connector.getProtocolHandlerClassName() + "; " + REMEDY);
                }
            }
        }
    }
}
