package dev.ripcord.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.ripcord.benchmarks.Bench.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BenchTest {

    @Nested
    class Choices {

        @Test
        void withoutOptionsAllRowsAreMeasuredAndWritten() {
            Options options = Options.of(List.of());

            assertThat(options.toMeasure()).containsExactly(Row.values());
            assertThat(options.writes()).isTrue();
        }

        @Test
        void aQuickRunIsWrittenOnlyIfAsked() {
            assertThat(Options.of(List.of("--quick")).writes()).isFalse();
            assertThat(Options.of(List.of("--quick", "--write")).writes()).isTrue();
        }

        @Test
        void rowsAreChosenByNumberOrName() {
            Options options = Options.of(List.of("--only", "1,request"));

            assertThat(options.toMeasure()).containsExactly(Row.WITH_CANCEL, Row.REQUEST);
            assertThat(options.writes()).isFalse();
        }

        @Test
        void theClockIsReadForGoalsThatAreMultiplesOfIt() {
            assertThat(Options.of(List.of("--only=2")).toMeasure()).containsExactly(Row.CLOCK, Row.WITH_TIMEOUT);
        }

        @Test
        void whatIsNoOptionAndNoRowIsNamed() {
            assertThatThrownBy(() -> Options.of(List.of("--slow"))).hasMessage("no option is called '--slow'");
            assertThatThrownBy(() -> Options.of(List.of("--only", "99"))).hasMessage("no row is called '99'");
            assertThatThrownBy(() -> Options.of(List.of("--only"))).hasMessage("--only names no row");
            assertThatThrownBy(() -> Options.of(List.of("--write", "--only=1")))
                    .hasMessage("--only cannot go with --write: the page needs all rows");
            assertThatThrownBy(() -> Bench.replaced("no page", "new"))
                    .hasMessage("the page has no markers: <!-- figures: begin … <!-- figures: end -->");
        }

        @Test
        void theHelpListsTheRows() {
            assertThat(Bench.usage()).contains("   3  WithTimeoutAndCallback  withTimeout, callback, stop, close\n");
        }
    }

    @Nested
    class TheCommand {

        @Test
        void endsWithALineAboutWhatIsWrong() throws Exception {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Bench.class.getName(),
                            "--only",
                            "12a")
                    .redirectErrorStream(true)
                    .start();

            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(out).isEqualTo("bench: no row is called '12a'; ./bench --help lists the options and rows\n");
            assertThat(process.waitFor()).isEqualTo(2);
        }
    }

    @Nested
    class GosFormat {

        @Test
        void isReadAsTheMeanOfItsSamples() {
            List<Figure> figures = Figure.read(
                    Peer.GO,
                    List.of(
                            "goos: linux",
                            "BenchmarkWithCancel/parent=request-2  \t 1000\t  139.0 ns/op\t  96 B/op\t  2 allocs/op",
                            "BenchmarkWithCancel/parent=request-2  \t 1000\t  141.0 ns/op\t  96 B/op\t  2 allocs/op",
                            "PASS"));

            assertThat(figures).singleElement().satisfies(figure -> {
                assertThat(figure.row()).isEqualTo("WithCancel");
                assertThat(figure.params()).isEqualTo(Map.of("parent", "request"));
                assertThat(figure.value()).isEqualTo(140);
                assertThat(figure.error()).isGreaterThan(1);
                assertThat(figure.bytes()).isEqualTo(96);
            });
        }

        @Test
        void makesAParameterOfAUnitOfItsOwn() {
            List<Figure> figures = Figure.read(Peer.POOL, List.of("BenchmarkLateness 1 0.08 p50 0.31 p99"));

            assertThat(figures)
                    .extracting(Figure::params, Figure::value)
                    .containsExactly(tuple(Map.of("metric", "p50"), 0.08), tuple(Map.of("metric", "p99"), 0.31));
        }
    }
}
