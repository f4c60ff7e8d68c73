package dev.ripcord.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.openjdk.jmh.util.ListStatistics;

/// What one measurement gave.
///
/// @param row the simple name of its class
/// @param params by name; a figure holds for every line of the table that has at least these
/// @param value in the unit of the row
/// @param error half the width of the 99 % confidence interval
/// @param bytes allocated by one operation, or NaN if not counted
record Figure(Peer peer, String row, Map<String, String> params, double value, double error, double bytes) {

    static final double CONFIDENCE = 0.99;

    /// Go's format for the results of benchmarks, which our own programs print too:
    /// `BenchmarkLateness/spread=1s-2  1  0.08 p50  0.31 p99`.
    private static final Pattern LINE = Pattern.compile("Benchmark(\\w+)(?:/(\\S+?))?(?:-\\d+)?\\s+\\d+\\s+(.*)");
    private static final Pattern METRIC = Pattern.compile("(\\S+) (\\S+)");

    /// Reads what a program printed: repeated lines are samples of one figure, and what is not a result is skipped.
    /// A unit of its own, such as `p50`, becomes the parameter `metric`.
    static List<Figure> read(Peer peer, List<String> lines) {
        Map<String, List<Figure>> samples = lines.stream()
                .flatMap(line -> sample(peer, line).stream())
                .collect(
                        Collectors.groupingBy(figure -> figure.row + figure.params, TreeMap::new, Collectors.toList()));
        return samples.values().stream().map(Figure::mean).toList();
    }

    private static List<Figure> sample(Peer peer, String line) {
        Matcher found = LINE.matcher(line);
        if (!found.matches()) {
            return List.of();
        }
        Map<String, String> params = params(found.group(2) == null ? "" : found.group(2));
        List<Figure> figures = new ArrayList<>();
        double nanos = Double.NaN;
        double bytes = Double.NaN;
        for (Matcher metric = METRIC.matcher(found.group(3).replaceAll("\\s+", " ")); metric.find(); ) {
            double value = Double.parseDouble(metric.group(1));
            switch (metric.group(2)) {
                case "ns/op" -> nanos = value;
                case "B/op" -> bytes = value;
                case "allocs/op" -> {}
                default -> {
                    Map<String, String> more = new TreeMap<>(params);
                    more.put("metric", metric.group(2));
                    figures.add(new Figure(peer, found.group(1), more, value, Double.NaN, Double.NaN));
                }
            }
        }
        if (figures.isEmpty()) {
            figures.add(new Figure(peer, found.group(1), params, nanos, Double.NaN, bytes));
        }
        return figures;
    }

    private static Figure mean(List<Figure> samples) {
        Figure one = samples.getFirst();
        ListStatistics values = statistics(samples, Figure::value);
        double error = samples.size() < 2 ? Double.NaN : values.getMeanErrorAt(CONFIDENCE);
        double bytes = statistics(samples, Figure::bytes).getMean();
        return new Figure(one.peer, one.row, one.params, values.getMean(), error, bytes);
    }

    private static ListStatistics statistics(List<Figure> samples, ToDoubleFunction<Figure> property) {
        return new ListStatistics(samples.stream().mapToDouble(property).toArray());
    }

    /// `parent=request/state=live` as a map.
    static Map<String, String> params(String text) {
        Map<String, String> params = new TreeMap<>();
        for (String param : text.split("/", -1)) {
            int equals = param.indexOf('=');
            if (equals > 0) {
                params.put(param.substring(0, equals), param.substring(equals + 1));
            }
        }
        return params;
    }
}
