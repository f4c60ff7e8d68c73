package dev.ripcord;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// What reaches the uncaught exception handler, on threads that have none of their own.
final class Uncaught {

    /// What a test does while the handler is watched.
    interface Action {
        void run(Gate one);
    }

    private Uncaught() {}

    /// Does `action` and returns what was uncaught on any thread until its end. The gate that it is handed opens with
    /// the first exception.
    static List<Throwable> during(Action action) {
        List<Throwable> caught = new CopyOnWriteArrayList<>();
        Gate one = new Gate();
        Thread.UncaughtExceptionHandler previous = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, exception) -> {
            caught.add(exception);
            one.open();
        });
        try {
            action.run(one);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(previous);
        }
        return caught;
    }
}
