package dev.ripcord.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;

/// Row 0: one reading of the clock, which everything with a deadline has to pay.
public class Clock {

    /// What a context asks.
    @Benchmark
    public long ripcord() {
        return System.nanoTime();
    }
}
