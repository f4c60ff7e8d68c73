package dev.ripcord.benchmarks;

import dev.ripcord.benchmarks.Goal.Verdict;
import dev.ripcord.benchmarks.Row.Line;
import dev.ripcord.benchmarks.Row.Series;
import dev.ripcord.benchmarks.Row.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The figures as text: what is most useful in a sentence, a summary, a table a row, and how costs grow.
final class Page {

    private static final double FLAT = 2;

    private final List<Figure> figures;
    private final double clock;

    Page(Collection<Figure> measured) {
        this.figures = new ArrayList<>(measured);
        figures.addAll(throughputs(measured));
        Figure reading = find(Peer.RIPCORD, Row.CLOCK, Map.of("op", "clock"));
        this.clock = reading == null ? Double.NaN : reading.value();
    }

    /// What two threads on one parent do, as a multiple of what one does.
    private static List<Figure> throughputs(Collection<Figure> measured) {
        List<Figure> throughputs = new ArrayList<>();
        for (Figure two : measured) {
            Map<String, String> params = new TreeMap<>(two.params());
            if ("2".equals(params.remove("threads"))) {
                params.put("metric", "throughput");
                measured.stream()
                        .filter(one -> one.peer() == two.peer() && one.row().equals(two.row()))
                        .filter(one -> "1".equals(one.params().get("threads")))
                        .filter(one -> Objects.equals(
                                one.params().get("op"), two.params().get("op")))
                        .forEach(one -> {
                            double times = 2 * one.value() / two.value();
                            double error = times * (one.error() / one.value() + two.error() / two.value());
                            throughputs.add(new Figure(two.peer(), two.row(), params, times, error, Double.NaN));
                        });
            }
        }
        return throughputs;
    }

    private @Nullable Figure find(Peer peer, Row row, Map<String, String> params) {
        return figures.stream()
                .filter(figure -> figure.peer() == peer && figure.row().equals(row.key()))
                .filter(figure -> params.entrySet().containsAll(figure.params().entrySet()))
                .findFirst()
                .orElse(null);
    }

    // ----------------------------------------------------------------------------------------------- all of it

    /// @param machine the circumstances
    String text(String machine) {
        return Stream.of(
                        inShort(),
                        machine,
                        "### Summary",
                        summary(),
                        verdicts(),
                        "### Growth",
                        growth(),
                        details(List.of(Row.values())))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("\n\n"));
    }

    /// The rows that were measured, as tables.
    String details(List<Row> rows) {
        return rows.stream().map(this::details).filter(part -> !part.isEmpty()).collect(Collectors.joining("\n\n"));
    }

    // ------------------------------------------------------------------------------------------ the sentence

    /// The three figures that say most, with those of Go and grpc-java.
    String inShort() {
        return Stream.of(
                        sentence("a whole request (scope, three values, timeout, nine questions) costs", Row.REQUEST),
                        sentence("a scope with a timeout", Row.WITH_TIMEOUT),
                        sentence("one with a callback on it besides", Row.WITH_TIMEOUT_AND_CALLBACK))
                .flatMap(Stream::ofNullable)
                .collect(Collectors.collectingAndThen(
                        Collectors.joining("; "), text -> text.isEmpty() ? "" : capital(text) + "."));
    }

    private @Nullable String sentence(String what, Row row) {
        Line line = row.lines().getFirst();
        Figure ours = find(Peer.RIPCORD, row, line.params());
        if (ours == null) {
            return null;
        }
        List<String> theirs = Stream.of(Peer.GO, Peer.GRPC)
                .flatMap(peer -> Stream.ofNullable(find(peer, row, line.params())))
                .map(their -> "%s %s (%s)"
                        .formatted(their.peer().title, plain(their, row.unit), times(their.value() / ours.value())))
                .toList();
        String against = theirs.isEmpty() ? "" : ", with " + String.join(", ", theirs);
        return "%s %s%s".formatted(what, plain(ours, row.unit), against);
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    // ------------------------------------------------------------------------------------------- the summary

    private String summary() {
        StringBuilder text = new StringBuilder("""
                | | operation | Ripcord | Go | grpc-java | than Go | than grpc-java | goal | |
                |--:|---|--:|--:|--:|--:|--:|---|---|
                """);
        for (Row row : Row.values()) {
            for (Line line : row.lines()) {
                Figure ours = find(Peer.RIPCORD, row, line.params());
                if (line.summary() && ours != null) {
                    text.append(summary(row, line, ours)).append('\n');
                }
            }
        }
        return text.toString().strip();
    }

    private String summary(Row row, Line line, Figure ours) {
        Figure go = find(Peer.GO, row, line.params());
        Figure grpc = find(Peer.GRPC, row, line.params());
        return row(
                row.number,
                row.title + ": " + line.label(),
                plain(ours, row.unit),
                go == null ? "" : plain(go, row.unit),
                grpc == null ? "" : plain(grpc, row.unit),
                go == null ? "" : better(line, ours, go),
                grpc == null ? "" : better(line, ours, grpc),
                line.goal() == null ? "" : line.goal().text(row.unit),
                verdict(row, line, ours));
    }

    /// How many goals are met, and all lines that are missed or lost.
    private String verdicts() {
        List<String> missed = new ArrayList<>();
        List<String> close = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        int goals = 0;
        for (Row row : Row.values()) {
            for (Line line : row.lines()) {
                Figure ours = find(Peer.RIPCORD, row, line.params());
                if (ours == null) {
                    continue;
                }
                String name = row.number + " (" + line.label() + ")";
                goals += line.goal() == null ? 0 : 1;
                switch (verdictOf(line, ours)) {
                    case MISSED -> missed.add(name);
                    case CLOSE -> close.add(name);
                    default -> {}
                }
                List<Peer> winners = winners(row, line, ours);
                if (!winners.isEmpty()) {
                    lost.add(name + " to " + titles(winners));
                }
            }
        }
        int met = goals - missed.size() - close.size();
        return "Of %d goals, in the summary and below, %d are met. Missed: %s. Too noisy to tell: %s. Lost: %s."
                .formatted(goals, met, list(missed), list(close), list(lost));
    }

    private static String list(List<String> names) {
        return names.isEmpty() ? "none" : String.join("; ", names);
    }

    private static String titles(List<Peer> peers) {
        return peers.stream().map(peer -> peer.title).collect(Collectors.joining(", "));
    }

    // ------------------------------------------------------------------------------------------- the details

    private String details(Row row) {
        List<Line> lines = row.lines().stream()
                .filter(line -> find(Peer.RIPCORD, row, line.params()) != null)
                .toList();
        List<Peer> peers = Arrays.stream(Peer.values())
                .filter(peer -> lines.stream().anyMatch(line -> find(peer, row, line.params()) != null))
                .toList();
        if (lines.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("### %d %s%n%n".formatted(row.number, row.title));
        text.append("| |")
                .append(peers.stream().map(peer -> " " + peer.title + " |").collect(Collectors.joining()))
                .append(" goal | |\n|---|")
                .append("--:|".repeat(peers.size()))
                .append("---|---|\n");
        for (Line line : lines) {
            text.append(details(row, line, peers)).append('\n');
        }
        row.notes().forEach(note -> text.append('\n').append(note).append('\n'));
        return text.toString().strip();
    }

    private String details(Row row, Line line, List<Peer> peers) {
        Figure ours = Objects.requireNonNull(find(Peer.RIPCORD, row, line.params()));
        List<String> cells = new ArrayList<>(List.of(line.label()));
        for (Peer peer : peers) {
            Figure theirs = find(peer, row, line.params());
            if (theirs == null) {
                cells.add("");
            } else {
                String cell = exact(theirs, row.unit);
                cells.add(peer == Peer.RIPCORD ? cell : cell + " (" + better(line, ours, theirs) + ")");
            }
        }
        cells.add(line.goal() == null ? "" : line.goal().text(row.unit));
        cells.add(verdict(row, line, ours));
        return row(cells.toArray());
    }

    // -------------------------------------------------------------------------------------------- the growth

    /// A table for each parameter that grows.
    String growth() {
        return Stream.of("live", "depth")
                .map(this::growth)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("\n\n"));
    }

    private String growth(String along) {
        StringBuilder body = new StringBuilder();
        List<String> sizes = figures.stream()
                .filter(figure -> Arrays.stream(Row.values())
                        .filter(row -> row.key().equals(figure.row()))
                        .flatMap(row -> row.series().stream())
                        .anyMatch(series -> series.along().equals(along)))
                .flatMap(figure -> Stream.ofNullable(figure.params().get(along)))
                .distinct()
                .sorted(Comparator.comparing(Integer::valueOf))
                .toList();
        for (Row row : Row.values()) {
            for (Series series : row.series()) {
                for (Peer peer : Peer.values()) {
                    body.append(series.along().equals(along) ? growth(row, series, peer, sizes) : "");
                }
            }
        }
        if (body.isEmpty()) {
            return "";
        }
        String heads = sizes.stream()
                .map(size -> String.format(Locale.ROOT, " %,d |", Integer.valueOf(size)))
                .collect(Collectors.joining());
        return "| ns, %s | |%s last ÷ first | |%n|---|---|%s--:|---|%n"
                        .formatted(along.equals("live") ? "live contexts" : "depth", heads, "--:|".repeat(sizes.size()))
                + body.toString().strip();
    }

    private String growth(Row row, Series series, Peer peer, List<String> sizes) {
        List<@Nullable Figure> found = new ArrayList<>();
        for (String size : sizes) {
            Map<String, String> params = new TreeMap<>(series.params());
            params.put(series.along(), size);
            found.add(find(peer, row, params));
        }
        if (found.stream().filter(Objects::nonNull).count() < 2) {
            return "";
        }
        List<String> cells = new ArrayList<>(List.of(series.label(), peer.title));
        found.forEach(figure -> cells.add(figure == null ? "" : exact(figure, row.unit)));
        Figure first = found.getFirst();
        Figure last = found.getLast();
        if (first != null && last != null) {
            double growth = last.value() / first.value();
            cells.add(times(growth));
            cells.add(peer == Peer.RIPCORD ? growth(first, last) : "");
        } else {
            cells.addAll(List.of("", ""));
        }
        return row(cells.toArray()) + "\n";
    }

    /// Grows only if it does at both ends of the intervals.
    private static String growth(Figure first, Figure last) {
        if (last.value() <= FLAT * first.value()) {
            return "flat";
        }
        boolean sure = last.value() - error(last) > FLAT * (first.value() + error(first));
        return sure ? "**grows**" : Verdict.CLOSE.text;
    }

    // --------------------------------------------------------------------------------------------- verdicts

    private Verdict verdictOf(Line line, Figure ours) {
        return line.goal() == null ? Verdict.UNKNOWN : line.goal().of(ours, clock);
    }

    private String verdict(Row row, Line line, Figure ours) {
        String verdict = verdictOf(line, ours).text;
        if (winners(row, line, ours).isEmpty()) {
            return verdict;
        }
        return verdict.isEmpty() ? "**lost**" : verdict + ", **lost**";
    }

    /// The peers that are better than we, beyond doubt.
    private List<Peer> winners(Row row, Line line, Figure ours) {
        return Arrays.stream(Peer.values())
                .filter(peer -> peer != Peer.RIPCORD && !peer.isWrapped())
                .filter(peer -> {
                    Figure theirs = find(peer, row, line.params());
                    return theirs != null && isLost(line, ours, theirs);
                })
                .toList();
    }

    private static boolean isLost(Line line, Figure ours, Figure theirs) {
        double doubt = error(ours) + error(theirs);
        double behind = (ours.value() - theirs.value()) * (isMoreBetter(line) ? -1 : 1);
        return behind > doubt;
    }

    private static double error(Figure figure) {
        return Double.isNaN(figure.error()) ? 0 : figure.error();
    }

    private static boolean isMoreBetter(Line line) {
        return line.goal() != null && line.goal().isMoreBetter();
    }

    /// How many times better we are.
    private static String better(Line line, Figure ours, Figure theirs) {
        return times(isMoreBetter(line) ? ours.value() / theirs.value() : theirs.value() / ours.value());
    }

    // ----------------------------------------------------------------------------------------------- numbers

    private static String times(double ratio) {
        String format = ratio >= 9.95 ? "%.0f×" : ratio >= 0.995 ? "%.1f×" : "%.2f×";
        return ratio > 9999 ? "> 9999×" : String.format(Locale.ROOT, format, ratio);
    }

    private static String number(double value) {
        String format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    /// Such as `7.56 ns, 48 B`.
    private static String plain(Figure figure, Unit unit) {
        return number(figure.value()) + " " + unit.text + bytes(figure);
    }

    /// Such as `7.56 ± 0.31 ns, 48 B`.
    private static String exact(Figure figure, Unit unit) {
        String error = Double.isNaN(figure.error()) ? "" : " ± " + number(figure.error());
        return number(figure.value()) + error + " " + unit.text + bytes(figure);
    }

    private static String bytes(Figure figure) {
        return Double.isNaN(figure.bytes()) ? "" : String.format(Locale.ROOT, ", %.0f B", figure.bytes());
    }

    private static String row(Object... cells) {
        return Arrays.stream(cells).map(cell -> cell + " ").collect(Collectors.joining("| ", "| ", "|"));
    }
}
