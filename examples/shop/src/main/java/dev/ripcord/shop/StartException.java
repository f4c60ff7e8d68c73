package dev.ripcord.shop;

/// The shop cannot start, for a reason that whoever started it can change: one line and exit code 2.
final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StartException(String message, Throwable cause) {
        super(message, cause);
    }

    StartException(String message) {
        super(message);
    }
}
