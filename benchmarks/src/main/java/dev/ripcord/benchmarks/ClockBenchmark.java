package dev.ripcord.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;

/// The reference row: one reading of the clock, which everything with a deadline has to pay.
public class ClockBenchmark {

    /// What the JVM asks.
    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }
}
