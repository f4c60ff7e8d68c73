package dev.ripcord.http;

import java.util.OptionalLong;

/// What an adapter promises of a scenario.
public sealed interface Expectation {

    /// The context ends while the handler is blocked.
    ///
    /// @param cause the class of its cause
    /// @param code of HTTP/2, if the cause is a [StreamResetException]
    /// @param answered whether a client that closed its half only still gets the answer
    record Seen(Class<? extends RequestEndedException> cause, OptionalLong code, boolean answered)
            implements Expectation {

        /// With HTTP/2's error code.
        public Seen code(long code) {
            return new Seen(cause, OptionalLong.of(code), answered);
        }

        /// The server closes a connection whose other half the client has closed.
        public Seen unanswered() {
            return new Seen(cause, code, false);
        }
    }

    /// The context ends when the handler does, not before.
    record Blind() implements Expectation {}

    /// There is no such thing with this server.
    record Absent() implements Expectation {}

    /// Nobody leaves, and nothing is disturbed: what controls are for.
    record Undisturbed() implements Expectation {}

    static Seen seen(Class<? extends RequestEndedException> cause) {
        return new Seen(cause, OptionalLong.empty(), true);
    }
}
