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

    static final Effort FULL = new Effort(3, 3, 3, Duration.ofMillis(400), 5);
    static final Effort QUICK = new Effort(1, 2, 3, Duration.ofMillis(200), 3);

    /// A fork's start and end cost about a second.
    double secondsOfJmh() {
        return forks * (1 + (warmups + iterations) * time.toMillis() / 1e3);
    }
}
