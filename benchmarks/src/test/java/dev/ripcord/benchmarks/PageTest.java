package dev.ripcord.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PageTest {

    private final List<Figure> figures = new ArrayList<>();

    private PageTest measured(Peer peer, Row row, String params, double value, double error, double bytes) {
        figures.add(new Figure(peer, row.key(), Figure.params(params), value, error, bytes));
        return this;
    }

    private PageTest measured(Peer peer, Row row, String params, double value) {
        return measured(peer, row, params, value, value / 100, Double.NaN);
    }

    private String details(Row row) {
        return new Page(figures).details(List.of(row));
    }

    @Nested
    class ALine {

        @Test
        void putsOursBesideTheirsWithTheirsAsAMultipleOfOurs() {
            measured(Peer.RIPCORD, Row.WITH_CANCEL, "parent=request", 7, 0.3, 48);
            measured(Peer.GO, Row.WITH_CANCEL, "parent=request", 140, 4, 96);
            measured(Peer.GRPC, Row.WITH_CANCEL, "parent=request", 14, 0.4, 80);

            String table = details(Row.WITH_CANCEL);

            assertThat(table).isEqualTo("""
                    ### 1 `withCancel`, close

                    | | Ripcord | Go | grpc-java | goal | |
                    |---|--:|--:|--:|---|---|
                    | below a live scope | 7.00 ± 0.30 ns, 48 B | 140 ± 4.00 ns, 96 B (20×) | 14.0 ± 0.40 ns, 80 B (2.0×) \
                    | ≤ 8 ns, ≤ 56 B | met |""");
        }

        @Test
        void takesAFigureWithoutAParameterForEveryValueOfIt() {
            measured(Peer.RIPCORD, Row.WITH_TIMEOUT, "parent=request", 50);
            measured(Peer.FUTURE, Row.WITH_TIMEOUT, "", 500);

            assertThat(details(Row.WITH_TIMEOUT)).contains("| 500 ± 5.00 ns (10×) |");
        }

        @Test
        void tellsWhatAPeerWins() {
            measured(Peer.RIPCORD, Row.VALUE, "depth=100/key=hit", 1.9);
            measured(Peer.GRPC, Row.VALUE, "depth=100/key=hit", 1.5);

            assertThat(details(Row.VALUE)).contains("(0.79×) | ≤ 2 ns | met, **lost** |");
        }

        @Test
        void isNotLostIfTheIntervalsMeet() {
            measured(Peer.RIPCORD, Row.VALUE, "depth=100/key=hit", 1.8, 0.1, 0);
            measured(Peer.GRPC, Row.VALUE, "depth=100/key=hit", 1.7, 0.1, 0);

            assertThat(details(Row.VALUE)).doesNotContain("lost");
        }

        @Test
        void isNotLostToWhatRipcordGoesAround() {
            measured(Peer.RIPCORD, Row.JDBC_ROW, "database=h2/op=deadline", 12);
            measured(Peer.HIKARI, Row.JDBC_ROW, "database=h2", 6);
            measured(Peer.LISTENERS, Row.JDBC_ROW, "database=h2", 24);

            assertThat(details(Row.JDBC_ROW))
                    .contains("| 12.0 ± 0.12 ns | 6.00 ± 0.06 ns (0.50×) | 24.0 ± 0.24 ns (2.0×) | ≤ 21 ns | met |");
        }
    }

    @Nested
    class AGoal {

        @Test
        void isMissedByTimeOrByBytes() {
            measured(Peer.RIPCORD, Row.WITH_CANCEL, "parent=background", 9, 0.5, 48);
            measured(Peer.RIPCORD, Row.WITH_CANCEL, "parent=request", 7, 0.5, 64);

            assertThat(details(Row.WITH_CANCEL).split("\\*\\*missed\\*\\*", -1)).hasSize(3);
        }

        @Test
        void isNotJudgedIfItIsWithinTheInterval() {
            measured(Peer.RIPCORD, Row.WITH_CANCEL, "parent=request", 7.9, 0.2, 48);

            assertThat(details(Row.WITH_CANCEL)).endsWith("| too noisy to tell |");
        }

        @Test
        void canBeAMultipleOfAReadingOfTheClock() {
            measured(Peer.RIPCORD, Row.CLOCK, "", 20);
            measured(Peer.RIPCORD, Row.WITH_TIMEOUT, "parent=request", 49);
            measured(Peer.RIPCORD, Row.WITH_TIMEOUT, "parent=background", 52);

            assertThat(details(Row.WITH_TIMEOUT))
                    .contains("below a live scope | 49.0 ± 0.49 ns | ≤ 2.5 × clock, ≤ 64 B | met |")
                    .contains("below the root | 52.0 ± 0.52 ns | ≤ 2.5 × clock, ≤ 64 B | **missed** |");
        }

        @Test
        void canBeTheThroughputOfTwoThreads() {
            measured(Peer.RIPCORD, Row.SHARED_PARENT, "op=withCancel/threads=1", 10);
            measured(Peer.RIPCORD, Row.SHARED_PARENT, "op=withCancel/threads=2", 11);
            measured(Peer.GO, Row.SHARED_PARENT, "op=withCancel/threads=1", 100);
            measured(Peer.GO, Row.SHARED_PARENT, "op=withCancel/threads=2", 250);

            assertThat(details(Row.SHARED_PARENT)).contains("| 1.82 ± 0.04 × | 0.80 ± 0.02 × (2.3×) | ≥ 1.5 × | met |");
        }
    }

    @Nested
    class ThePage {

        @Test
        void beginsWithWhatSaysMost() {
            measured(Peer.RIPCORD, Row.REQUEST, "", 200, 5, 300);
            measured(Peer.GO, Row.REQUEST, "", 1000, 5, 992);
            measured(Peer.RIPCORD, Row.WITH_TIMEOUT, "parent=background", 50);

            assertThat(new Page(figures).inShort())
                    .isEqualTo(
                            "A whole request (scope, three values, timeout, nine questions) costs 200 ns, 300 B, with "
                                    + "Go 1000 ns, 992 B (5.0×); a scope with a timeout 50.0 ns.");
        }

        @Test
        void countsTheGoalsAndNamesWhatIsMissedOrLost() {
            measured(Peer.RIPCORD, Row.VALUE, "depth=100/key=hit", 1);
            measured(Peer.RIPCORD, Row.VALUE, "depth=100/key=miss", 3);
            measured(Peer.RIPCORD, Row.ERR, "deadline=none/state=live", 1);
            measured(Peer.GO, Row.VALUE, "depth=100/key=miss", 2);

            assertThat(new Page(figures).text("The machine."))
                    .contains("Of 3 goals, in the summary and below, 1 are met. Missed: 5 (none of 100). "
                            + "Too noisy to tell: 4 (live). Lost: 5 (none of 100) to Go.");
        }

        @Test
        void showsWhetherCostsGrow() {
            measured(Peer.RIPCORD, Row.ERR_DEEP, "depth=1", 1);
            measured(Peer.RIPCORD, Row.ERR_DEEP, "depth=10000", 1.5);
            measured(Peer.GO, Row.ERR_DEEP, "depth=1", 2);
            measured(Peer.GO, Row.ERR_DEEP, "depth=10000", 9);

            assertThat(new Page(figures).growth()).isEqualTo("""
                    | ns, depth | | 1 | 10,000 | last ÷ first | |
                    |---|---|--:|--:|--:|---|
                    | `err` | Ripcord | 1.00 ± 0.01 ns | 1.50 ± 0.02 ns | 1.5× | flat |
                    | `err` | Go | 2.00 ± 0.02 ns | 9.00 ± 0.09 ns | 4.5× |  |""");
        }

        @Test
        void saysThatACostGrowsOnlyIfThatIsSure() {
            measured(Peer.RIPCORD, Row.ERR_DEEP, "depth=1", 1);
            measured(Peer.RIPCORD, Row.ERR_DEEP, "depth=10000", 3, 0.5, 0);
            measured(Peer.RIPCORD, Row.CANCEL_DEEP, "depth=1", 1);
            measured(Peer.RIPCORD, Row.CANCEL_DEEP, "depth=10000", 3, 1.5, 0);

            assertThat(new Page(figures).growth())
                    .contains("| 3.0× | **grows** |")
                    .endsWith("| 3.0× | too noisy to tell |");
        }

        @Test
        void andTheRootReadmeSayTheSame() throws IOException {
            String page = Files.readString(Path.of("..", "docs", "5-performance.md"));
            String readme = Files.readString(Path.of("..", "README.md"));

            assertThat(page).contains(between(readme));
        }

        private String between(String text) {
            int begin = text.indexOf("-->", text.indexOf("<!-- figures: begin"));
            return text.substring(begin + 3, text.indexOf("<!-- figures: end"));
        }

        @Test
        void takesFiguresBetweenItsMarkers() {
            String page = "a\n<!-- figures: begin; by hand: no -->\nold\n<!-- figures: end -->\nb\n";

            assertThat(Bench.replaced(page, "new\n"))
                    .isEqualTo("a\n<!-- figures: begin; by hand: no -->\n\nnew\n\n<!-- figures: end -->\nb\n");
        }
    }
}
