package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Real time, for what no [ManualClock] moves and nobody announces: other processes, sockets, a garbage collection, the
/// state of a thread.
///
/// What a test can be told of it should be told, by a [Gate]; so it is the only place in Ripcord's own tests that lets
/// time pass.
///
/// ## Threads and memory
///
/// All methods go on if the thread is interrupted, and it stays interrupted.
public final class RealTime {

    /// Longer than anything takes that goes well, also on a machine that is busy.
    static final Duration GUARD = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofNanos(200_000);

    private RealTime() {}

    /// Asks until `condition` holds, at most 10 seconds.
    ///
    /// @param what it is, for the message
    /// @param condition is asked every 200 µs
    /// @throws AssertionError if it does not hold by then
    public static void await(String what, BooleanSupplier condition) {
        await(what, GUARD, condition);
    }

    /// Asks until `condition` holds.
    ///
    /// @param what it is, for the message
    /// @param atMost how long
    /// @param condition is asked every 200 µs
    /// @throws AssertionError if it does not hold by then
    public static void await(String what, Duration atMost, BooleanSupplier condition) {
        requireNonNull(what, "what");
        requireNonNull(atMost, "atMost");
        requireNonNull(condition, "condition");
        if (!holds(atMost, condition)) {
            throw new AssertionError("not so after %s: %s".formatted(atMost, what));
        }
    }

    /// Lets time pass: for the load of a stress test, and where something happens elsewhere that cannot even be asked.
    ///
    /// @param duration how long
    public static void pass(Duration duration) {
        until(requireNonNull(duration, "duration"), duration, () -> false);
    }

    /// Whether `condition` comes to hold.
    static boolean holds(BooleanSupplier condition) {
        return holds(GUARD, condition);
    }

    /// Whether `condition` comes to hold within `atMost`.
    static boolean holds(Duration atMost, BooleanSupplier condition) {
        return until(atMost, PAUSE, condition);
    }

    private static boolean until(Duration atMost, Duration pause, BooleanSupplier condition) {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            while (!condition.getAsBoolean()) {
                long left = atMost.toNanos() - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(Math.min(left, pause.toNanos()));
                interrupted |= Thread.interrupted();
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
