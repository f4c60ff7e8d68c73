package dev.ripcord.servlet;

import java.io.IOException;

/// The client gave up the stream of an HTTP/2 request, alone or with the whole connection.
public final class StreamResetException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    StreamResetException(RequestLifetime lifetime, IOException failure) {
        super(lifetime, failure);
    }

    @Override
    String what() {
        return "client reset the stream";
    }
}
