package dev.ripcord;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The two kinds of threads, for tests that run with each.
enum Threads {
    PLATFORM,
    VIRTUAL;

    /// What a thread of a test does.
    interface Action {
        void run() throws Exception;
    }

    /// Starts a thread that does `action`.
    Job start(Action action) {
        FutureTask<Void> task = new FutureTask<>(() -> {
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
    record Job(Thread thread, FutureTask<Void> task) {

        /// Waits for the end of the action, at most 10 s, and throws what it threw.
        void join() {
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

        /// Waits until the thread is blocked or parked, at most 10 s.
        void awaitParked() {
            RealTime.await(thread + " is parked", () -> isParked() || task.isDone());
            if (!isParked()) {
                throw new AssertionError(thread + " is not parked but " + thread.getState());
            }
        }

        private boolean isParked() {
            return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
        }
    }
}
