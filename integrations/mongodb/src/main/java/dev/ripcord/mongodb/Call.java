package dev.ripcord.mongodb;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One call, on a virtual thread, where an interrupt frees what waits in the driver: a socket as well as a lock. On a
/// platform thread it does not free a socket.
final class Call {

    /// What the stack of a virtual thread begins with. One that goes on has been made longer already.
    private static final String WORKER = "java.lang.VirtualThread";

    private Call() {}

    /// Calls `operation` on this thread if it is virtual, else on one that is, for which this waits.
    static <V extends @Nullable Object> V onVirtualThread(Supplier<? extends V> operation) {
        return Thread.currentThread().isVirtual() ? operation.get() : elsewhere(Context.current(), operation);
    }

    @SuppressWarnings("ContextCapturedByTask") // its caller waits for the task
    private static <V extends @Nullable Object> V elsewhere(Context current, Supplier<? extends V> operation) {
        FutureTask<V> task = new FutureTask<>(() -> current.<V, RuntimeException>call(operation::get));
        Thread worker = Thread.ofVirtual().name("ripcord-mongodb").start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    worker.interrupt();
                }
            }
        } catch (ExecutionException e) {
            throw same(requireNonNull(e.getCause()));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// What the supplier has thrown, which is no checked exception, with the frames of the caller below those of the
    /// worker.
    private static RuntimeException same(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        if (frames.length > 0 && frames[frames.length - 1].getClassName().equals(WORKER)) {
            StackTraceElement[] below = Thread.currentThread().getStackTrace();
            thrown.setStackTrace(Stream.of(frames, below).flatMap(Stream::of).toArray(StackTraceElement[]::new));
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }
}
