package dev.ripcord.jdbc;

import java.util.Arrays;
import java.util.Locale;

/// The middle, the 95th percentile and the largest of some times.
record Latencies(double p50, double p95, double max) {

    static Latencies of(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Latencies(
                millis(sorted[sorted.length / 2]),
                millis(sorted[sorted.length * 95 / 100]),
                millis(sorted[sorted.length - 1]));
    }

    private static double millis(long nanos) {
        return nanos / 1_000_000.0;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "p50 %.1f, p95 %.1f, max %.1f ms", p50, p95, max);
    }
}
