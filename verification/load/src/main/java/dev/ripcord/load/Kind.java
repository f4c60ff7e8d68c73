package dev.ripcord.load;

import java.util.Locale;

/// The servers that are measured.
enum Kind {
    TOMCAT("Tomcat"),
    JETTY("Jetty"),
    HELIDON("Helidon"),
    UNDERTOW("Undertow"),
    JDKHTTP("JDK's server"),
    VERTX("Vert.x"),
    REACTORNETTY("Reactor Netty"),
    ARMERIA("Armeria");

    /// What it is called in the tables.
    final String title;

    Kind(String title) {
        this.title = title;
    }

    /// Serves HTTP/1.1 on a free port, with a virtual thread for each request.
    ///
    /// @param adapter whether requests have contexts that end when the client is gone
    Server start(boolean adapter, Handler handler) throws Exception {
        return switch (this) {
            case TOMCAT -> new TomcatServer(adapter, handler);
            case JETTY -> new JettyServer(adapter, handler);
            case HELIDON -> new HelidonServer(adapter, handler);
            case UNDERTOW -> new UndertowServer(adapter, handler);
            case JDKHTTP -> new JdkServer(adapter, handler);
            case VERTX -> new VertxServer(adapter, handler);
            case REACTORNETTY -> new ReactorNettyServer(adapter, handler);
            case ARMERIA -> new ArmeriaServer(adapter, handler);
        };
    }

    /// What it is called on the command line, after its module.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// A server that runs until its process ends.
    @FunctionalInterface
    interface Server {
        int port();
    }
}
