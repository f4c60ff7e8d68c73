package dev.ripcord.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command `./load`.
@Command(
        name = "./load",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Measures what the adapters cost servers and a pool of connections under load, and looks for what they"
                        + " leave. It needs wrk and Linux.",
        footer = {
            "",
            "Without options it takes some two hours and writes docs/9-load.md. PostgreSQL is started, or the one that"
                    + " RIPCORD_TEST_POSTGRES names by its JDBC URL.",
            "Exit code 1: a client that stayed was not served, a transaction failed, or something was left behind."
        })
final class Load implements Callable<Integer> {

    private static final Path PAGE = Path.of("docs", "9-load.md");
    private static final String BEGIN = "<!-- figures: begin; written by ./load, do not edit -->\n";
    private static final String END = "<!-- figures: end -->\n";

    /// What can be measured.
    enum Part {
        THROUGHPUT,
        IN_FLIGHT,
        TRANSACTIONS,
        SOAK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Option(
            names = "--only",
            paramLabel = "PART",
            description = "${COMPLETION-CANDIDATES}; prints it and writes nothing")
    List<Part> only = new ArrayList<>();

    @Option(
            names = "--server",
            paramLabel = "NAME",
            description = "${COMPLETION-CANDIDATES}; prints it, without the transactions, and writes nothing")
    List<Kind> servers = new ArrayList<>();

    @Option(
            names = "--soak",
            paramLabel = "SECONDS",
            description =
                    "how long the mix goes on for each server, 600, or 10 with --quick; prints and writes nothing")
    int soakSeconds;

    @Option(names = "--quick", description = "all of it in some 12 minutes, less exactly; prints it and writes nothing")
    boolean quick;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "shows this")
    boolean help;

    /// Measures, and exits.
    ///
    /// @param arguments `--help` lists them
    public static void main(String[] arguments) {
        CommandLine command = new CommandLine(new Load()).setCaseInsensitiveEnumValuesAllowed(true);
        command.setExecutionExceptionHandler((failure, commandLine, parsed) -> {
            System.err.println("load: " + failure.getMessage());
            for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
                System.err.println("  because: " + cause);
            }
            return 1;
        });
        command.setParameterExceptionHandler((failure, unused) -> {
            System.err.println("load: " + failure.getMessage() + "; ./load --help lists the options");
            return 2;
        });
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        String figures = measure();
        if (quick || !only.isEmpty() || !servers.isEmpty() || soakSeconds > 0) {
            System.out.println(figures);
        } else {
            write(figures);
            System.out.println("written: " + PAGE);
        }
        return 0;
    }

    private String measure() throws IOException, InterruptedException {
        Set<Part> parts = only.isEmpty() ? EnumSet.allOf(Part.class) : EnumSet.copyOf(only);
        if (!servers.isEmpty()) {
            parts.remove(Part.TRANSACTIONS);
        }
        StringBuilder page = new StringBuilder(machine());
        for (Part part : parts) {
            System.out.println(part);
            page.append(head(part)).append(String.join("\n", rows(part))).append('\n');
        }
        return page.toString();
    }

    private List<String> rows(Part part) throws IOException, InterruptedException {
        int rounds = quick ? 2 : 7;
        int seconds = quick ? 3 : 8;
        if (part == Part.TRANSACTIONS) {
            return Transactions.measure(rounds, seconds);
        }
        List<String> rows = new ArrayList<>();
        for (Kind kind : servers.isEmpty() ? Arrays.asList(Kind.values()) : servers) {
            switch (part) {
                case THROUGHPUT -> rows.addAll(Throughput.measure(kind, rounds, seconds));
                case IN_FLIGHT -> rows.add(InFlight.measure(kind, quick ? 1_000 : 10_000));
                case SOAK -> rows.add(Soak.measure(kind, soak()));
                case TRANSACTIONS -> {}
            }
        }
        return rows;
    }

    private Duration soak() {
        return Duration.ofSeconds(soakSeconds > 0 ? soakSeconds : quick ? 10 : 600);
    }

    private static String head(Part part) {
        return switch (part) {
            case THROUGHPUT -> """

                    ## Throughput of a handler that does nothing

                    | | adapter | requests/s: least | median | most | 99th percentile, ms: least | median | most |
                    |---|---|--:|--:|--:|--:|--:|--:|
                    """;
            case IN_FLIGHT -> """

                    ## Slow requests in flight

                    | | bytes a request, without | with | CPU ms in 8 s, without | with | a client leaves, noticed after ms: p50 \
                    | p99 | longest | all leave at once, noticed after ms |
                    |---|--:|--:|--:|--:|--:|--:|--:|--:|
                    """;
            case TRANSACTIONS -> """

                    ## Transactions of 64 virtual threads

                    | | contexts | transactions/s: least | median | most | 99th percentile, ms: least | median | most |
                    |---|---|--:|--:|--:|--:|--:|--:|
                    """;
            case SOAK -> """

                    ## A long mix

                    | | for | short requests | slow ones | pipelined pairs | bodies | clients that left | Ripcord's objects left \
                    | files | threads |
                    |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
                    """;
        };
    }

    private static String machine() {
        return "%s, JDK %s, %d cores, load before the run %.2f.%n"
                .formatted(
                        LocalDate.now(ZoneId.systemDefault()),
                        System.getProperty("java.version"),
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static void write(String figures) throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        Files.writeString(
                PAGE, page.substring(0, begin + BEGIN.length()) + "\n" + figures + "\n" + page.substring(end));
    }
}
