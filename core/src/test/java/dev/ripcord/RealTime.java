package dev.ripcord;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The core's own of ripcord-testkit's `RealTime`: the only place in its tests that lets time pass.
final class RealTime {

    private static final Duration GUARD = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = 200_000;

    private RealTime() {}

    /// Asks until `condition` holds, and fails if it does not within 10 s.
    static void await(String what, BooleanSupplier condition) {
        if (!holds(GUARD.toNanos(), PAUSE_NANOS, condition)) {
            throw new AssertionError("not so after %s: %s".formatted(GUARD, what));
        }
    }

    /// Lets time pass, unless the thread is interrupted: a call that blocks for so long.
    static void pass(long nanos) {
        holds(nanos, nanos, () -> Thread.currentThread().isInterrupted());
    }

    private static boolean holds(long atMostNanos, long pauseNanos, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start >= atMostNanos) {
                return false;
            }
            LockSupport.parkNanos(pauseNanos);
        }
        return true;
    }
}
