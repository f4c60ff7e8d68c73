package dev.ripcord.http;

import java.io.IOException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The client gave up the stream of an HTTP/2 request, alone or with the whole connection.
public final class StreamResetException extends RequestEndedException {

    private static final long serialVersionUID = 1L;

    private static final long UNKNOWN = -1;

    private final long errorCode;

    StreamResetException(RequestLifetime lifetime, OptionalLong errorCode, @Nullable IOException failure) {
        super(lifetime, failure);
        this.errorCode = errorCode.orElse(UNKNOWN);
    }

    /// Why the client did so.
    ///
    /// @return the error code of HTTP/2, such as 8 for CANCEL; empty if the server does not tell
    public OptionalLong errorCode() {
        return errorCode == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(errorCode);
    }

    @Override
    String what() {
        return errorCode == UNKNOWN ? "client reset the stream" : "client reset the stream (code " + errorCode + ")";
    }
}
