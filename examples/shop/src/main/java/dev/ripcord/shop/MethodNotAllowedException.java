package dev.ripcord.shop;

/// The method is none that the shop knows: answered as 405.
final class MethodNotAllowedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MethodNotAllowedException(String method) {
        super("method is not GET or HEAD: '%s'".formatted(method));
    }
}
