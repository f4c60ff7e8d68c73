package dev.ripcord.spi;

import dev.ripcord.Context;
import java.time.Instant;

/// The clock of a tree of contexts, in place of the JVM's, made for [Context#of(ManualTime)]. It is for tests;
/// ripcord-testkit has one.
///
/// It is told what happens in its tree as a [TreeObserver]. Its text is the root's in every path.
///
/// ## Threads
///
/// All methods are called by any thread; they must not block, and must not end a context of the tree, but for
/// [TreeObserver#listens].
public interface ManualTime extends TreeObserver {

    /// The monotonic clock. Only differences count, of readings at most 146 years apart.
    ///
    /// @return never less than before
    long nanoTime();

    /// The wall clock.
    ///
    /// @return what [dev.ripcord.Deadline#toInstant()] adds the time left to
    Instant instant();

    /// Keeps `alarm`, which must ring as soon as the clock has reached its time. If it has already, it rings by itself.
    ///
    /// @param alarm of a deadline that somebody listens to
    void arm(Alarm alarm);

    /// Forgets `alarm`.
    ///
    /// @param alarm equal to one that has been armed
    void disarm(Alarm alarm);

    /// What is to happen at a moment. Two are equal if they stand for the same.
    interface Alarm {

        /// When.
        ///
        /// @return a reading of [ManualTime#nanoTime()]
        long nanos();

        /// Ends the context whose deadline has passed, on this thread. Does nothing before its time. It is disarmed by
        /// that.
        void ring();
    }
}
