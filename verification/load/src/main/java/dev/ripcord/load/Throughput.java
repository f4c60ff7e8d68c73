package dev.ripcord.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `wrk` against a handler that does nothing, without the adapter and with it in turns.
final class Throughput {

    private static final Pattern RATE = Pattern.compile("Requests/sec: *([0-9.]+)");
    private static final Pattern SLOWEST = Pattern.compile("99% *([0-9.]+)(us|ms|s)");

    private Throughput() {}

    /// One run: requests a second, or transactions, and the 99th percentile in milliseconds.
    record Run(double rate, double p99) {}

    /// Two rows of the table.
    static List<String> measure(Kind kind, int rounds, int seconds) throws IOException, InterruptedException {
        List<Run> without = new ArrayList<>();
        List<Run> with = new ArrayList<>();
        try (Child bare = Child.start(kind, false);
                Child adapted = Child.start(kind, true)) {
            wrk(bare, seconds);
            wrk(adapted, seconds);
            for (int round = 0; round < rounds; round++) {
                without.add(wrk(bare, seconds));
                with.add(wrk(adapted, seconds));
                System.out.printf("  %s, round %d of %d%n", kind, round + 1, rounds);
            }
        }
        return List.of(row(kind.title, "without", without), row(kind.title, "with", with));
    }

    private static Run wrk(Child server, int seconds) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(
                            "wrk",
                            "-t1",
                            "-c64",
                            "-d" + seconds,
                            "--latency",
                            "http://localhost:" + server.port + "/fast")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new IOException("needs wrk; install it with your package manager: apt install wrk", e);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        process.waitFor();
        Matcher rate = RATE.matcher(output);
        Matcher slowest = SLOWEST.matcher(output);
        if (!rate.find() || !slowest.find() || output.contains("Socket errors") || output.contains("Non-2xx")) {
            throw new IOException("wrk says: " + output);
        }
        double unit = switch (slowest.group(2)) {
            case "us" -> 0.001;
            case "ms" -> 1;
            default -> 1000;
        };
        return new Run(Double.parseDouble(rate.group(1)), Double.parseDouble(slowest.group(1)) * unit);
    }

    static String row(String what, String adapter, List<Run> runs) {
        List<Double> rates = runs.stream().map(Run::rate).sorted().toList();
        List<Double> slowest = runs.stream().map(Run::p99).sorted().toList();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %,.0f | %,.0f | %,.0f | %.2f | %.2f | %.2f |",
                what,
                adapter,
                rates.getFirst(),
                rates.get(rates.size() / 2),
                rates.getLast(),
                slowest.getFirst(),
                slowest.get(slowest.size() / 2),
                slowest.getLast());
    }
}
