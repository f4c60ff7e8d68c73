package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/// An embedded Tomcat whose requests have contexts that end when the client is gone or the server stops.
///
/// {@snippet class="dev.ripcord.tomcat.RipcordTomcatExampleTest" region="install"}
///
/// [dev.ripcord.servlet.ContextFilter] in each web application makes the contexts current and adds the failures of
/// writing; [RipcordValve] has the rules.
public final class RipcordTomcat {

    private final Tomcat tomcat;
    private final RipcordValve valve;

    private RipcordTomcat(Tomcat tomcat, RipcordValve valve) {
        this.tomcat = tomcat;
        this.valve = valve;
    }

    /// A connector that can be watched, for `Tomcat.setConnector`.
    ///
    /// @param port to listen on; zero for any that is free
    /// @return the connector, to be configured further
    public static Connector connector(int port) {
        Connector connector = new Connector(RipcordProtocol.class.getName());
        connector.setPort(port);
        // bound when started, so that shutdown can refuse connections before it stops
        connector.setProperty("bindOnInit", "false");
        return connector;
    }

    /// Gives every request of a Tomcat that is not yet started a context.
    ///
    /// @param tomcat whose connectors were made by [#connector]
    /// @return what shuts it down
    public static RipcordTomcat install(Tomcat tomcat) {
        return install(tomcat, new RipcordValve());
    }

    /// Gives every request of a Tomcat that is not yet started a context, with a valve that is configured further.
    ///
    /// @param tomcat whose connectors were made by [#connector]
    /// @param valve of no other Tomcat
    /// @return what shuts it down
    public static RipcordTomcat install(Tomcat tomcat, RipcordValve valve) {
        requireNonNull(tomcat, "tomcat");
        tomcat.getEngine().getPipeline().addValve(requireNonNull(valve, "valve"));
        return new RipcordTomcat(tomcat, valve);
    }

    /// Refuses new connections, lets running requests finish, and cancels those that have not finished after `grace`
    /// with a [dev.ripcord.http.ServerStoppingException]; what they were and where they were blocked is logged.
    ///
    /// Cancelled requests get up to a second more to answer. It returns as soon as no request is
    /// running, and leaves the rest to `Tomcat.stop()`.
    ///
    /// @param grace how long requests may go on; zero cancels them at once
    /// @return how many requests were cancelled
    /// @throws InterruptedException if the thread is interrupted while it waits; then the requests are cancelled
    public int shutdown(Duration grace) throws InterruptedException {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        for (Connector connector : tomcat.getService().findConnectors()) {
            connector.getProtocolHandler().closeServerSocketGraceful();
            connector.pause();
        }
        return valve.server().shutdown(grace);
    }
}
