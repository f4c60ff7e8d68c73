package dev.ripcord.benchmarks;

import java.time.Duration;

/// How much time a measurement takes.
///
/// @param forks JVMs one after the other
/// @param warmups iterations that do not count
/// @param iterations that count, in each fork
/// @param time of an iteration
/// @param rounds of Go's benchmarks and of the programs that are not JMH's
record Effort(int forks, int warmups, int iterations, Duration time, int rounds) {

    static final Effort FULL = new Effort(3, 3, 3, Duration.ofMillis(350), 5);
    static final Effort QUICK = new Effort(1, 1, 3, Duration.ofMillis(150), 3);

    /// The same with iterations that last twice as long.
    Effort timesTwo() {
        return new Effort(forks, warmups, iterations, time.multipliedBy(2), rounds);
    }

    /// A fork's start and end cost some time, too.
    double secondsOfJmh() {
        return forks * (0.8 + (warmups + iterations) * time.toMillis() / 1e3);
    }

    /// A JVM's start, a round to warm up, and those that count.
    double secondsOfProbe() {
        return 1 + (rounds + 1) * 1.2;
    }
}
