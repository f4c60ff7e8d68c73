package dev.ripcord.spi;

import dev.ripcord.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Is told of the contexts that are made and of what listens to them, so that a test can find what is left behind.
/// It is for tests; ripcord-testkit has one.
///
/// One that is found by [java.util.ServiceLoader], where the core is, watches all trees that have the JVM's clock. A
/// [ManualTime] watches its own tree. Without either, nobody is told and it costs nothing.
///
/// ## Threads
///
/// All methods are called by the thread that does what they tell of, which may be any; they must not block or throw.
public interface TreeObserver {

    /// A scope has been made, by a user or within Ripcord.
    ///
    /// @param scope what can end; its text and its answers are not yet to be asked for
    /// @param parent the scope that it was derived from, or null if it was derived from a root
    void made(Context scope, @Nullable Context parent);

    /// Somebody is about to listen to a scope: a callback, or a thread that waits.
    ///
    /// @param listener who
    void listens(Listener listener);

    /// A thread goes on that has waited.
    ///
    /// @param listener equal to one that was told by [#listens]
    void left(Listener listener);

    /// A group is about to start a thread.
    ///
    /// @param scope the scope of the group
    /// @param thread of a fork
    void forked(Context scope, Thread thread);

    /// A callback or a thread that waits for the end of a context. Two are equal if they stand for the same.
    interface Listener {

        /// What it listens to.
        ///
        /// @return the scope itself
        Context context();

        /// Whether it still waits: it has not been taken back, and the context has not ended.
        ///
        /// @return false for good once it is false, unless asked within [TreeObserver#listens]
        boolean isListening();

        /// Whether it is a callback that has been started and has not finished. One that waits in an executor of the
        /// user's has not been started.
        ///
        /// @return whether it keeps, or is about to keep, a thread
        boolean isRunning();

        /// The thread that waits, or that runs or has run the callback.
        ///
        /// @return empty for a callback that no thread has run yet
        Optional<Thread> thread();
    }
}
