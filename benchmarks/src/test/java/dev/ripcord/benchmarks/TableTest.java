package dev.ripcord.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.benchmarks.Figures.Figure;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TableTest {

    private static Figure figure(String benchmark, Map<String, String> params, double nanos, double bytes) {
        return new Figure(benchmark, new TreeMap<>(params), nanos, nanos / 10, bytes);
    }

    @Test
    void aRowPutsOursBesideTheirsAndTellsWhetherTheGoalIsMet() {
        Map<String, String> parent = Map.of("parent", "request");

        String table = Table.of(List.of(figure("withCancel", parent, 7, 48), figure("withCancelGrpc", parent, 14, 80)));

        assertThat(table)
                .endsWith(
                        "| withCancel/parent=request | 7.00 ± 0.70 | 48 | 14.0 ± 1.4 | 80 | 0.50 | ≤ 8 ns, ≤ 56 B | met |\n");
    }

    @Test
    void aRowThatWeLoseIsMarked() {
        Map<String, String> hit = Map.of("key", "hit");

        String table = Table.of(List.of(figure("value", hit, 3, 0), figure("valueGrpc", hit, 2, 0)));

        assertThat(table).endsWith("| 1.50 | ≤ 2 ns | **missed: ns**, **lost** |\n");
    }

    @Test
    void aRowWithAWideErrorBarIsNotJudged() {
        Figure noisy = new Figure("withCancel", new TreeMap<>(Map.of("parent", "request")), 7, 1.5, 48);

        String table = Table.of(List.of(noisy));

        assertThat(table).endsWith("| too noisy to tell |\n");
    }

    @Test
    void aGoalCanBeAMultipleOfAReadingOfTheClock() {
        Map<String, String> parent = Map.of("parent", "background");

        String table = Table.of(List.of(figure("nanoTime", Map.of(), 20, 0), figure("withTimeout", parent, 50.1, 64)));

        assertThat(table)
                .contains("| nanoTime | 20.0 ± 2.0 | 0 |")
                .endsWith("≤ 2.5 × nanoTime, ≤ 64 B | **missed: ns** |\n");
    }

    @Test
    void figuresReplaceWhatIsBetweenTheMarkers() {
        String page = "a\n<!-- figures: begin; by hand: no -->\nold\n<!-- figures: end -->\nb\n";

        assertThat(Figures.replaced(page, "new\n"))
                .isEqualTo("a\n<!-- figures: begin; by hand: no -->\n\nnew\n\n<!-- figures: end -->\nb\n");
        assertThatThrownBy(() -> Figures.replaced("no page", "new"))
                .hasMessage("the page has no markers: <!-- figures: begin … <!-- figures: end -->");
    }
}
