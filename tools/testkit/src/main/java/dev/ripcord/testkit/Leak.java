package dev.ripcord.testkit;

import java.util.Optional;

/// Something that a test has left behind: a callback, a thread that waits for a context, or a fork of a group.
///
/// @param what it is
/// @param context the path of the context that it belongs to
/// @param origin the stack of the call that registered, waited or forked
/// @param made the stack of the call that made the context; empty if that was before the detector was there
public record Leak(String what, String context, Throwable origin, Optional<Throwable> made) {

    /// What it is, and of which context.
    @Override
    public String toString() {
        return what + "\n    of " + context + "\n    since " + Trace.site(origin)
                + made.map(trace -> "\n    context made " + Trace.site(trace)).orElse("");
    }
}
