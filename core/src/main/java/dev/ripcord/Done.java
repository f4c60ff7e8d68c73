package dev.ripcord;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/// The end of a context: a thing to ask, to wait for and to compose with, as Go's done channel is.
///
/// Two of them are equal if they stand for the end of the same context.
///
/// ## Threads and memory
///
/// Waiting works alike on platform and virtual threads; a waiting virtual thread holds no carrier. Waiters are
/// released before the `cancel` that ends the context returns.
public sealed interface Done permits DoneView {

    /// Whether the context has ended. Asking after the deadline ends it.
    ///
    /// @return whether the context has ended
    boolean isDone();

    /// Whether the context can never end: [Context#background()], [Context#todo()], what [Context#withoutCancel()]
    /// returned, and values put on those. An adapter need not watch such a context.
    ///
    /// @return the same answer at every call
    boolean isNever();

    /// Waits until the context ends; forever if it never does.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    void await() throws InterruptedException;

    /// Waits until the context ends or `timeout` has passed.
    ///
    /// @param timeout how long to wait at most, on the context's clock; zero or less does not wait
    /// @return whether the context has ended
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    boolean await(Duration timeout) throws InterruptedException;

    /// A stage that completes with the context's [Context#err()] when it ends.
    ///
    /// It completes normally, on a virtual thread, and cannot be completed by its holder. Each call makes
    /// a new stage, which stays registered until the context ends.
    ///
    /// @return a stage that never completes exceptionally
    CompletionStage<ContextException> toCompletionStage();
}
