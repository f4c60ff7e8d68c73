package dev.ripcord;

import org.jspecify.annotations.Nullable;

/// A context that its creator can end: the scope of one piece of work, closed by try-with-resources.
///
/// {@snippet class="dev.ripcord.TourExampleTest" region="scope"}
///
/// ## Rules
///
/// - The first of [#cancel()], [#cancel(Throwable)], [#close()], an ancestor's end and the deadline wins; the others
///   do nothing.
/// - A deadline that has passed wins over a later `cancel` or `close`, whether or not a timer has fired.
/// - Ending the scope removes it from its parent, stops its timer and ends its children.
/// - The `cancel` that ends the context returns after every descendant that somebody can observe reports done. One that
///   comes second does not wait for the first. Neither waits for callbacks, nor for the work to stop.
/// - Hand out a `CancellableContext` only to those who may end it; declare parameters as [Context].
public sealed interface CancellableContext extends Context, AutoCloseable permits CancelNode {

    /// Ends this context with a [CancelledException] without a cause.
    ///
    /// @return whether this call ended it; false if it had already ended
    boolean cancel();

    /// Ends this context with a [CancelledException] that carries `cause`: who ended it, and why.
    ///
    /// @param cause what [Context#cause()] shall answer; null is the same as [#cancel()]
    /// @return whether this call ended it; false if it had already ended
    boolean cancel(@Nullable Throwable cause);

    /// Ends this context because its work is finished. A second call does nothing.
    ///
    /// Whoever still uses it gets a [CancelledException] that says that it is closed.
    @Override
    void close();
}
