package dev.ripcord.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/// Runs the rows that have a program of their own: a JVM a peer, which prints its figures as Go's benchmarks do.
record Probes(Effort effort) {

    List<Figure> run(Row row) throws IOException {
        List<Figure> figures = new ArrayList<>();
        for (Peer peer : row.probes()) {
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    row.type.getName(),
                    peer.word(),
                    "" + effort.rounds());
            figures.addAll(Figure.read(peer, Commands.run(Path.of("."), Map.of(), command)));
        }
        return figures;
    }

    /// Prints one round.
    static void print(Class<?> row, String params, String metrics) {
        System.out.printf(Locale.ROOT, "Benchmark%s%s 1 %s%n", row.getSimpleName(), params, metrics);
    }

    /// Prints percentiles of one round.
    ///
    /// @param nanos the samples
    /// @param unit nanoseconds of the unit to print
    static void printPercentiles(Class<?> row, long[] nanos, double unit) {
        double[] sorted =
                LongStream.of(nanos).sorted().mapToDouble(n -> n / unit).toArray();
        int last = sorted.length - 1;
        print(
                row,
                "",
                String.format(
                        Locale.ROOT,
                        "%.4f p50 %.4f p90 %.4f p99 %.4f max",
                        sorted[last / 2],
                        sorted[last * 9 / 10],
                        sorted[last * 99 / 100],
                        sorted[last]));
    }
}
