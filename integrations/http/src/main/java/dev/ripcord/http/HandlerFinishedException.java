package dev.ripcord.http;

/// The handler finished with the request: the normal end, for work that outlived its handler.
public final class HandlerFinishedException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    HandlerFinishedException(RequestLifetime lifetime) {
        super(lifetime, null);
    }

    @Override
    String what() {
        return "handler finished";
    }
}
