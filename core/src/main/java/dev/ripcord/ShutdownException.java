package dev.ripcord;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why the contexts of a [Shutdown] ended: the JVM was told to stop. It is a fact that nobody throws.
public final class ShutdownException extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable String signal;
    private final Duration grace;

    ShutdownException(@Nullable String signal, Duration grace) {
        super(
                "JVM stopping" + (signal == null ? "" : " on " + signal) + ", with a grace of " + grace,
                null,
                false,
                false);
        this.signal = signal;
        this.grace = grace;
    }

    /// The signal that told the JVM to stop, such as `SIGTERM`.
    ///
    /// @return empty if it was `System.exit`, or if the JVM does not tell
    public Optional<String> signal() {
        return Optional.ofNullable(signal);
    }

    /// How long work could go on after that.
    ///
    /// @return zero if it could not
    public Duration grace() {
        return grace;
    }
}
