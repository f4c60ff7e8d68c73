package dev.ripcord.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.openjdk.jmh.runner.RunnerException;

/// The command: measures, and prints the figures or writes the page.
final class Bench {

    private static final Path PAGE = Path.of("docs", "5-performance.md");
    private static final Path README = Path.of("README.md");
    private static final Path MODULE = Path.of("benchmarks");

    /// What the user wants.
    record Options(boolean help, boolean quick, boolean write, Set<Row> rows) {

        static Options of(List<String> arguments) {
            boolean help = false;
            boolean quick = false;
            boolean write = false;
            Set<Row> rows = EnumSet.noneOf(Row.class);
            for (int i = 0; i < arguments.size(); i++) {
                String argument = arguments.get(i);
                if (argument.equals("--help") || argument.equals("-h")) {
                    help = true;
                } else if (argument.equals("--quick")) {
                    quick = true;
                } else if (argument.equals("--write")) {
                    write = true;
                } else if (argument.startsWith("--only=")) {
                    rows.addAll(rows(argument.substring("--only=".length())));
                } else if (argument.equals("--only")) {
                    if (++i == arguments.size()) {
                        throw new IllegalArgumentException("--only names no row");
                    }
                    rows.addAll(rows(arguments.get(i)));
                } else {
                    throw new IllegalArgumentException("no option is called '" + argument + "'");
                }
            }
            if (write && !rows.isEmpty()) {
                throw new IllegalArgumentException("--only cannot go with --write: the page needs all rows");
            }
            return new Options(help, quick, write, rows);
        }

        private static List<Row> rows(String names) {
            return Arrays.stream(names.split(",", -1)).map(Row::of).toList();
        }

        Effort effort() {
            return quick ? Effort.QUICK : Effort.FULL;
        }

        boolean writes() {
            return write || (!quick && rows.isEmpty());
        }

        /// The rows to measure: those that are wanted, and the clock if a goal is a multiple of it.
        List<Row> toMeasure() {
            Set<Row> all = rows.isEmpty() ? EnumSet.allOf(Row.class) : EnumSet.copyOf(rows);
            if (all.stream().anyMatch(Row::needsClock)) {
                all.add(Row.CLOCK);
            }
            return List.copyOf(all);
        }
    }

    private final Options options;
    private final Jmh jmh;
    private final Probes probes;
    private final Optional<Go> go;
    private final List<Figure> figures = new ArrayList<>();

    private Bench(Options options) throws IOException {
        this.options = options;
        this.jmh = new Jmh(options.effort());
        this.probes = new Probes(options.effort());
        this.go = Go.find(options.effort(), MODULE.resolve("go"), MODULE.resolve("target"));
    }

    /// Runs in the root of the repository.
    ///
    /// @param arguments as `--help` tells
    public static void main(String[] arguments) {
        // What this started ends with it, also when it is interrupted.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
        try {
            Options options = Options.of(List.of(arguments));
            if (options.help()) {
                System.out.print(usage());
            } else {
                new Bench(options).run();
            }
        } catch (IllegalArgumentException e) {
            fail(2, e.getMessage() + "; ./bench --help lists the options and rows");
        } catch (IOException | RunnerException e) {
            // JMH lets one run at a time, and says so in its message.
            fail(1, String.valueOf(e.getMessage()));
        }
    }

    private static void fail(int code, String message) {
        System.err.println("bench: " + message);
        System.exit(code);
    }

    static String usage() {
        return """
                Usage: ./bench [--quick] [--write] [--only ROW[,ROW...]]

                Measures what a context costs, beside grpc-java, Kotlin, the JDK, Netty and Go.

                  (nothing)      all rows, %s; writes docs/5-performance.md and the figures in README.md
                  --quick        all rows, %s, with wide error bars; prints them and writes nothing
                  --write        writes also after --quick
                  --only ROW     some rows, by number or name; prints them and writes nothing
                  --help         this

                Go is the `go` of the PATH, or what %s names; without one its column is empty.

                Rows:
                %s
                """.formatted(
                        "some " + minutes(seconds(Effort.FULL)),
                        "some " + minutes(seconds(Effort.QUICK)),
                        Go.VARIABLE,
                        Arrays.stream(Row.values()).map(Row::help).collect(Collectors.joining("\n")));
    }

    private static double seconds(Effort effort) {
        return Arrays.stream(Row.values())
                .mapToDouble(row -> seconds(effort, row))
                .sum();
    }

    /// How long a row takes, about; Go's share is a fifth.
    private static double seconds(Effort effort, Row row) {
        double seconds = row.probes().isEmpty()
                ? new Jmh(effort).seconds(row)
                : row.probes().size() * effort.secondsOfProbe();
        return seconds * 1.25;
    }

    private static String minutes(double seconds) {
        return seconds < 90
                ? String.format(Locale.ROOT, "%.0f s", Math.max(seconds, 1))
                : String.format(Locale.ROOT, "%.0f min", seconds / 60);
    }

    private void run() throws IOException, RunnerException {
        if (options.writes()) {
            // So that a run of many minutes does not end without a place for its figures.
            written(PAGE, "");
            written(README, "");
        }
        double load = Machine.load();
        String goes = go.map(Go::version).orElse("go not found: column left empty");
        List<Row> rows = options.toMeasure();
        double planned =
                rows.stream().mapToDouble(row -> seconds(options.effort(), row)).sum();
        System.out.printf("%d rows, about %s; %s%n", rows.size(), minutes(planned), goes);
        long start = System.nanoTime();
        double done = 0;
        for (Row row : rows) {
            System.out.printf("%4d  %-70s", row.number, row.title.replace("`", ""));
            System.out.flush();
            long rowStart = System.nanoTime();
            measure(row);
            done += seconds(options.effort(), row);
            double left = (planned - done) * secondsSince(start) / done;
            System.out.printf(
                    Locale.ROOT, "%5.0f s%s%n", secondsSince(rowStart), left < 1 ? "" : ", " + minutes(left) + " left");
        }
        report(Machine.text(options.effort(), goes, load));
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private void measure(Row row) throws IOException, RunnerException {
        figures.addAll(row.probes().isEmpty() ? jmh.run(row) : probes.run(row));
        if (go.isPresent()) {
            figures.addAll(go.get().run(row));
        }
    }

    private void report(String machine) throws IOException {
        Page page = new Page(figures);
        if (options.writes()) {
            Files.writeString(PAGE, written(PAGE, page.text(machine)));
            Files.writeString(README, written(README, page.inShort()));
            System.out.println("written: " + PAGE + ", " + README);
        } else if (options.rows().isEmpty()) {
            System.out.println("\n" + page.text(machine));
        } else {
            System.out.println("\n" + machine + "\n\n" + page.details(options.toMeasure()) + "\n\n" + page.growth());
        }
    }

    // ------------------------------------------------------------------------------------------------ files

    private static final String BEGIN = "<!-- figures: begin";
    private static final String END = "<!-- figures: end -->";

    private static String written(Path file, String text) throws IOException {
        return replaced(Files.readString(file), text);
    }

    /// `page` with `text` between the markers.
    static String replaced(String page, String text) {
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page has no markers: %s … %s".formatted(BEGIN, END));
        }
        int after = page.indexOf('\n', begin) + 1;
        return page.substring(0, after) + "\n" + text.strip() + "\n\n" + page.substring(end);
    }
}
