package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The two kinds of threads, for tests that run with each.
public enum Threads {
    /// Those of the operating system, as daemons.
    PLATFORM,

    /// Those of the JVM.
    VIRTUAL;

    /// What a thread of a test does.
    @FunctionalInterface
    public interface Action {

        /// Does it.
        ///
        /// @throws Exception which [Job#join()] tells
        void run() throws Exception;
    }

    /// Starts a thread that does `action`.
    ///
    /// @param action what to do
    /// @return to be joined
    public Job start(Action action) {
        requireNonNull(action, "action");
        FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
            action.run();
            return null;
        });
        Thread thread = this == PLATFORM
                ? Thread.ofPlatform().daemon().unstarted(task)
                : Thread.ofVirtual().unstarted(task);
        thread.start();
        return new Job(thread, task);
    }

    /// A thread that does something, and how that went.
    ///
    /// @param thread which
    /// @param task what it does
    public record Job(Thread thread, FutureTask<@Nullable Void> task) {

        /// Waits for the end of the action, at most 10 s.
        ///
        /// @throws AssertionError if it lasts longer, with the stack of the thread; or if it threw, with that as cause
        public void join() {
            try {
                task.get(10, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("in another thread: " + e.getCause(), e.getCause());
            } catch (InterruptedException | TimeoutException e) {
                AssertionError error = new AssertionError(thread + " still runs after 10 s");
                error.setStackTrace(thread.getStackTrace());
                throw error;
            }
        }

        /// Waits until the thread is blocked or parked, at most 10 s. To wait until it waits for a context, see
        /// [ManualClock#awaitWaiting].
        ///
        /// @throws AssertionError if it is not by then, or if the action has ended
        public void awaitParked() {
            RealTime.holds(() -> isParked() || task.isDone());
            if (!isParked()) {
                throw new AssertionError(thread + " is not parked but " + thread.getState());
            }
        }

        private boolean isParked() {
            return Threads.isParked(thread);
        }
    }

    static boolean isParked(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }
}
