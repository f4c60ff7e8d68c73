package dev.ripcord.benchmarks;

import java.time.Duration;

/// Row 10: 100,000 contexts with one same deadline and a callback each.
final class Burst {

    private static final int TIMERS = 100_000;

    private Burst() {}

    /// Prints a round a line.
    ///
    /// @param arguments the peer, and the number of rounds
    public static void main(String[] arguments) throws InterruptedException {
        Lateness.rounds(Burst.class, arguments, TIMERS, Duration.ZERO);
    }
}
