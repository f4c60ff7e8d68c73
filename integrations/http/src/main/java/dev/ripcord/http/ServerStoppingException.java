package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// The server stops, and the request was still running after the grace that was given to all.
///
/// Like a [RequestEndedException] it is a fact that nobody throws; it ends the parent of all requests, and so is one
/// for all of them.
public final class ServerStoppingException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Duration grace;

    /// The cause for a parent of all requests.
    ///
    /// @param grace how long requests were given to finish; zero if not at all
    public ServerStoppingException(Duration grace) {
        super("server stopping, after a grace of " + requireNonNull(grace, "grace"), null, false, false);
        this.grace = grace;
    }

    /// The time that requests were given to finish.
    ///
    /// @return zero if they were given none
    public Duration grace() {
        return grace;
    }
}
