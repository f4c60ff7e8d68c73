package dev.ripcord.shop;

/// The service behind this one does not answer as it should: answered as 502.
final class DownstreamException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DownstreamException(String message) {
        super(message);
    }

    DownstreamException(String message, Throwable cause) {
        super(message, cause);
    }
}
