package dev.ripcord;

/// A callback's place in the context that it waits for: the handle to take it back.
///
/// ## Rules
///
/// | state when called | `stop()` | `stopAndAwait()` |
/// |---|---|---|
/// | waiting | true; the callback never runs | true |
/// | started | false; the callback goes on | false, after the callback has finished |
/// | finished or stopped | false | false |
///
/// From the end of its context on a callback counts as started: whoever has seen the end can take nothing back.
public sealed interface Registration permits Callback {

    /// Takes the callback back, without waiting for one that has started.
    ///
    /// @return whether this call prevented the callback from running
    boolean stop();

    /// Takes the callback back, or waits until it has finished if it has started.
    ///
    /// Called by the callback itself it does not wait. If an executor has the callback and never runs it, this
    /// waits until it is interrupted.
    ///
    /// @return whether this call prevented the callback from running
    /// @throws InterruptedException if the thread is interrupted while it waits
    boolean stopAndAwait() throws InterruptedException;
}
