package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.servlet.RequestLifetime;
import dev.ripcord.servlet.ServerStoppingException;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.Engine;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleListener;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
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
/// - A client that closes its connection, or its half of it, is gone.
/// - An HTTP/1.1 request is watched once its body has been read. Bytes that follow it, a pipelined request, hide a
///   later close; then only a failing write tells.
/// - It puts nothing on the wire and takes nothing off it.
/// - When the engine stops, all requests still running end with a [ServerStoppingException].
public final class RipcordValve extends ValveBase {

    private static final Log LOG = LogFactory.getLog(RipcordValve.class);

    @SuppressWarnings("ContextInField") // that of the server, from which each request derives its own
    private final Context parent;

    private final AtomicInteger running = new AtomicInteger();
    private final LifecycleListener engineStop = this::beforeStop;
    private Duration armAfter = Duration.ofMillis(20);

    // written while no request runs
    private CancellableContext server;
    private @Nullable DisconnectMonitor monitor;

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
        this.server = parent.withCancel();
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

    /// How many requests are running now.
    int running() {
        return running.get();
    }

    /// What watches the connections, for tests.
    DisconnectMonitor monitor() {
        return requireNonNull(monitor, "valve is not started");
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (RequestLifetime.of(request) != null) { // dispatched
            getNext().invoke(request, response);
            return;
        }
        Watch watch = begin(request);
        try {
            getNext().invoke(request, response);
        } finally {
            if (request.isAsync()) {
                request.getAsyncContextInternal().addListener(watch);
            } else {
                watch.end();
            }
        }
    }

    private Watch begin(Request request) {
        running.incrementAndGet();
        Watch watch =
                new Watch(RequestLifetime.open(server, request), request.getCoyoteRequest(), running::decrementAndGet);
        monitor().enter(watch);
        return watch;
    }

    /// Ends the context of every request, running or to come.
    void endAll(Duration grace) {
        server.cancel(new ServerStoppingException(grace));
    }

    /// Waits until no request is running.
    ///
    /// It asks every few milliseconds, since to be told would cost every request something.
    ///
    /// @return how many are running still
    int awaitIdle(Duration atMost) throws InterruptedException {
        long beganNanos = System.nanoTime();
        while (running() > 0 && System.nanoTime() - beganNanos < atMost.toNanos()) {
            Thread.sleep(5);
        }
        return running();
    }

    @Override
    protected void startInternal() throws LifecycleException {
        server = parent.withCancel();
        try {
            monitor = DisconnectMonitor.start(armAfter);
        } catch (IOException e) {
            throw new LifecycleException("no selector to watch connections with", e);
        }
        container.addLifecycleListener(engineStop);
        warnOfUnwatchedConnectors();
        super.startInternal();
    }

    @Override
    protected void stopInternal() throws LifecycleException {
        super.stopInternal();
        container.removeLifecycleListener(engineStop);
        endAll(Duration.ZERO);
        monitor().close();
    }

    private void beforeStop(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_STOP_EVENT)) {
            endAll(Duration.ZERO);
        }
    }

    private void warnOfUnwatchedConnectors() {
        if (container instanceof Engine engine && engine.getService() != null) {
            for (Connector connector : engine.getService().findConnectors()) {
                if (!(connector.getProtocolHandler() instanceof RipcordProtocol)) {
                    LOG.warn("HTTP/1.1 clients that leave " + connector + " are not noticed: its protocol is "
                            + connector.getProtocolHandlerClassName() + "; set protocol=\""
                            + RipcordProtocol.class.getName() + "\"");
                }
            }
        }
    }
}
