package dev.ripcord.http;

import java.io.IOException;

/// The connection broke before the response was complete: the client reset it, or it failed underway.
public final class ConnectionResetException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    ConnectionResetException(RequestLifetime lifetime, IOException failure) {
        super(lifetime, failure);
    }

    @Override
    String what() {
        return "connection was reset";
    }
}
