package dev.ripcord;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// What reaches the uncaught exception handler, on threads that have none of their own.
final class Uncaught {

    private Uncaught() {}

    /// Does `action` and returns what was uncaught on any thread until its end.
    static List<Throwable> during(Runnable action) {
        List<Throwable> caught = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler previous = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, exception) -> caught.add(exception));
        try {
            action.run();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(previous);
        }
        return caught;
    }
}
