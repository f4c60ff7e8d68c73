package dev.ripcord.tomcat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// From the client's leaving to the context's end, in milliseconds, by scenario and mode.
final class Latencies {

    private final Map<String, List<Double>> byCell = new TreeMap<>();

    void add(String scenario, Mode mode, double millis) {
        byCell.computeIfAbsent(scenario + " " + mode, cell -> new ArrayList<>()).add(millis);
    }

    void print(String title) {
        System.out.println(title + ": ms from the client's leaving to the end of the context");
        byCell.forEach((cell, all) -> {
            all.sort(null);
            System.out.printf(
                    Locale.ROOT,
                    "%-62s n=%d median=%.1f max=%.1f%n",
                    cell,
                    all.size(),
                    all.get(all.size() / 2),
                    all.getLast());
        });
    }
}
