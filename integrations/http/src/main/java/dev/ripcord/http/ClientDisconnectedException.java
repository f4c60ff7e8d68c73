package dev.ripcord.http;

/// The client closed its connection, or its half of it, before the response was complete.
public final class ClientDisconnectedException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    ClientDisconnectedException(RequestLifetime lifetime) {
        super(lifetime, null);
    }

    @Override
    String what() {
        return "client closed the connection";
    }
}
