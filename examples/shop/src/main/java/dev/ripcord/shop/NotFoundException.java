package dev.ripcord.shop;

/// There is no such thing: answered as 404.
final class NotFoundException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotFoundException(String what, Object id) {
        super("no %s %s".formatted(what, id));
    }
}
