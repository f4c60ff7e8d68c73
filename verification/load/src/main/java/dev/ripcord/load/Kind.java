package dev.ripcord.load;

import java.util.Locale;

/// The servers that are measured.
enum Kind {
    TOMCAT,
    JETTY,
    HELIDON;

    /// Serves HTTP/1.1 on a free port, with a virtual thread for each request.
    ///
    /// @param adapter whether requests have contexts that end when the client is gone
    Server start(boolean adapter, Handler handler) throws Exception {
        return switch (this) {
            case TOMCAT -> new TomcatServer(adapter, handler);
            case JETTY -> new JettyServer(adapter, handler);
            case HELIDON -> new HelidonServer(adapter, handler);
        };
    }

    static Kind of(String name) {
        try {
            return valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("server is none of tomcat, jetty, helidon: '" + name + "'", e);
        }
    }

    @Override
    public String toString() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }

    /// A server that runs until its process ends.
    @FunctionalInterface
    interface Server {
        int port();
    }
}
