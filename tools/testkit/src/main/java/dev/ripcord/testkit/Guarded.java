package dev.ripcord.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what nobody announces.
final class Guarded {

    /// Longer than anything takes that goes well, also on a machine that is busy.
    static final Duration GUARD = Duration.ofSeconds(10);

    private static final long PAUSE_NANOS = 200_000;

    private Guarded() {}

    static boolean until(BooleanSupplier condition) {
        return until(GUARD, condition);
    }

    /// Waits until `condition` holds, at most for `guard`, also if the thread is interrupted, which stays so.
    ///
    /// @return whether it holds
    static boolean until(Duration guard, BooleanSupplier condition) {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - start > guard.toNanos()) {
                    return false;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
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
