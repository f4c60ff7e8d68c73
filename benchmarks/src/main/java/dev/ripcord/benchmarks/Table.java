package dev.ripcord.benchmarks;

import dev.ripcord.benchmarks.Figures.Figure;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The figures as a table: each operation of ours beside grpc-java's, with its goal.
final class Table {

    private static final String RIVAL = "Grpc";

    /// What one operation may cost.
    ///
    /// @param nanos as a number, or as a multiple of a reading of the clock if `ofClock`
    private record Goal(double nanos, boolean ofClock, int bytes) {

        double limit(double clock) {
            return ofClock ? nanos * clock : nanos;
        }

        String text() {
            String time = String.format(Locale.ROOT, ofClock ? "≤ %.1f × nanoTime" : "≤ %.0f ns", nanos);
            return bytes == 0 ? time : time + ", ≤ " + bytes + " B";
        }
    }

    private static final Goal WITH_CANCEL = new Goal(8, false, 56);
    private static final Goal WITH_TIMEOUT = new Goal(2.5, true, 64);
    private static final Goal WITH_CALLBACK = new Goal(130, false, 160);
    private static final Goal ERR = new Goal(1, false, 0);
    private static final Goal ERR_WITH_DEADLINE = new Goal(1.2, true, 0);
    private static final Goal VALUE = new Goal(2, false, 0);

    private final Map<String, Figure> figures;
    private final double clock;

    private Table(List<Figure> figures) {
        this.figures = figures.stream()
                .collect(Collectors.toMap(Figure::name, Function.identity(), (a, b) -> b, TreeMap::new));
        Figure reading = this.figures.get("nanoTime");
        this.clock = reading == null ? Double.NaN : reading.nanos();
    }

    static String of(List<Figure> figures) {
        return new Table(figures).text();
    }

    private String text() {
        StringBuilder text = new StringBuilder("""
                | operation | Ripcord, ns | B | grpc-java, ns | B | ratio | goal | |
                |---|--:|--:|--:|--:|--:|---|---|
                """);
        for (Figure figure : figures.values()) {
            if (!figure.benchmark().endsWith(RIVAL)) {
                text.append(row(figure)).append('\n');
            }
        }
        return text.toString();
    }

    private String row(Figure ours) {
        Figure theirs = figures.get(ours.name().replaceFirst(ours.benchmark(), ours.benchmark() + RIVAL));
        Goal goal = goal(ours);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.0f | %s | %s | %s | %s | %s |",
                ours.name(),
                ours.time(),
                ours.bytes(),
                theirs == null ? "" : theirs.time(),
                theirs == null ? "" : String.format(Locale.ROOT, "%.0f", theirs.bytes()),
                theirs == null ? "" : String.format(Locale.ROOT, "%.2f", ours.nanos() / theirs.nanos()),
                goal == null ? "" : goal.text(),
                verdict(ours, theirs, goal));
    }

    private String verdict(Figure ours, @Nullable Figure theirs, @Nullable Goal goal) {
        if (goal == null) {
            return "";
        }
        if (ours.error() > ours.nanos() / 5) {
            return "too noisy to tell";
        }
        boolean slow = ours.nanos() > goal.limit(clock);
        boolean big = goal.bytes() > 0 && Math.round(ours.bytes()) > goal.bytes();
        String verdict = slow && big ? "**missed**" : slow ? "**missed: ns**" : big ? "**missed: B**" : "met";
        boolean lost = theirs != null && ours.nanos() > theirs.nanos();
        return lost ? verdict + ", **lost**" : verdict;
    }

    private static @Nullable Goal goal(Figure figure) {
        return switch (figure.benchmark()) {
            case "withCancel" -> WITH_CANCEL;
            case "withTimeout" -> WITH_TIMEOUT;
            case "withTimeoutAndCallback" -> WITH_CALLBACK;
            case "err" -> "none".equals(figure.params().get("deadline")) ? ERR : ERR_WITH_DEADLINE;
            case "value" -> VALUE;
            default -> null;
        };
    }
}
