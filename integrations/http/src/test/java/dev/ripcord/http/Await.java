package dev.ripcord.http;

import java.util.function.BooleanSupplier;

/// Waits for what nobody announces: the state of sockets, selectors and file descriptors.
public final class Await {

    private Await() {}

    /// Polls until `condition` holds, and fails if it does not within [Exchanges#GUARD].
    public static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + Exchanges.GUARD.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new AssertionError("not within " + Exchanges.GUARD + ": " + what);
            }
            Thread.sleep(1);
        }
    }
}
