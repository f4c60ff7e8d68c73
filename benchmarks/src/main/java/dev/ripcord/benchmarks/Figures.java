package dev.ripcord.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs the benchmarks and writes their figures into a page, between two markers.
final class Figures {

    private static final String BEGIN = "<!-- figures: begin";
    private static final String END = "<!-- figures: end -->";
    private static final String QUICK = "--quick";

    private Figures() {}

    /// Runs all rows and writes them.
    ///
    /// @param arguments the page; then, for a first impression that is printed and not written, `--quick` and perhaps
    ///     regular expressions that choose benchmarks
    public static void main(String[] arguments) throws IOException, RunnerException {
        Path page = Path.of(arguments[0]);
        List<String> choices = new ArrayList<>(Arrays.asList(
                String.join(" ", List.of(arguments).subList(1, arguments.length))
                        .split(" ")));
        choices.removeIf(String::isEmpty);
        boolean quick = choices.remove(QUICK);
        if (!quick && !choices.isEmpty()) {
            throw new IllegalArgumentException(
                    "a choice of benchmarks is not written: %s; say %s".formatted(choices, QUICK));
        }
        String before = "Load before the run %.2f.".formatted(load());
        Collection<RunResult> results = new Runner(options(quick, choices).build()).run();
        String figures = machine(results) + " " + before + "\n\n" + Table.of(figures(results));
        if (quick) {
            System.out.println("\n" + figures);
        } else {
            Files.writeString(page, replaced(Files.readString(page), figures));
        }
    }

    private static ChainedOptionsBuilder options(boolean quick, List<String> choices) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .forks(quick ? 1 : 5)
                .warmupIterations(4)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(quick ? 3 : 4)
                .measurementTime(TimeValue.milliseconds(500));
        choices.forEach(options::include);
        return options;
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static List<Figure> figures(Collection<RunResult> results) {
        return results.stream().map(Figures::figure).toList();
    }

    private static Figure figure(RunResult result) {
        BenchmarkParams params = result.getParams();
        String name = params.getBenchmark();
        TreeMap<String, String> named = new TreeMap<>();
        params.getParamsKeys().forEach(key -> named.put(key, params.getParam(key)));
        return new Figure(
                name.substring(name.lastIndexOf('.') + 1),
                named,
                result.getPrimaryResult().getScore(),
                result.getPrimaryResult().getScoreError(),
                result.getSecondaryResults().get("gc.alloc.rate.norm").getScore());
    }

    // ------------------------------------------------------------------------------------- the circumstances

    private static String machine(Collection<RunResult> results) throws IOException {
        BenchmarkParams params = results.iterator().next().getParams();
        return "%s, commit %s. %s, %d cores, %s. JDK %s, %s %s. grpc-java %s. JMH %s, %d forks of %d × %s."
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        commit(),
                        cpu(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        params.getJdkVersion(),
                        params.getVmName(),
                        params.getVmVersion(),
                        io.grpc.Context.class.getPackage().getImplementationVersion(),
                        params.getJmhVersion(),
                        params.getForks(),
                        params.getMeasurement().getCount(),
                        params.getMeasurement().getTime());
    }

    private static String commit() throws IOException {
        String hash = firstLine("git", "rev-parse", "--short", "HEAD");
        boolean changed =
                !firstLine("git", "status", "--porcelain", "--", "*.java").isEmpty();
        return changed ? hash + " with changes" : hash;
    }

    private static String cpu() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.exists(info)) {
            return System.getProperty("os.arch");
        }
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }

    private static String firstLine(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            return line == null ? "" : line.strip();
        }
    }

    // ------------------------------------------------------------------------------------------- the page

    /// `page` with `figures` between the markers.
    static String replaced(String page, String figures) {
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page has no markers: %s … %s".formatted(BEGIN, END));
        }
        int after = page.indexOf('\n', begin) + 1;
        return page.substring(0, after) + "\n" + figures + "\n" + page.substring(end);
    }

    /// What one benchmark gave.
    ///
    /// @param benchmark the method
    /// @param params by name
    /// @param nanos for one operation
    /// @param error half the width of the confidence interval
    /// @param bytes allocated by one operation
    record Figure(String benchmark, TreeMap<String, String> params, double nanos, double error, double bytes) {

        /// Such as `err/deadline=1h/state=live`.
        String name() {
            StringBuilder name = new StringBuilder(benchmark);
            params.forEach(
                    (key, value) -> name.append('/').append(key).append('=').append(value));
            return name.toString();
        }

        String time() {
            return String.format(Locale.ROOT, nanos < 10 ? "%.2f ± %.2f" : "%.1f ± %.1f", nanos, error);
        }
    }
}
