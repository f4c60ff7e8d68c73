package dev.ripcord.http;

import java.io.IOException;

/// A part of the response could not be written.
public final class ResponseWriteFailedException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    ResponseWriteFailedException(RequestLifetime lifetime, IOException failure) {
        super(lifetime, failure);
    }

    @Override
    String what() {
        return "response could not be written";
    }
}
