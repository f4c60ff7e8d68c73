package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jcstress.infra.runners.TestList;

/// Every race, in a JVM of its own: for a fraction of a second, or as long as the full set says.
class JcstressTest {

    /// How many races there are at least. It grows with them.
    private static final int RACES = 59;

    /// How often they are run in all at least. A busy machine may give a single race no more than a moment.
    private static final long SAMPLES = 10_000;

    /// How long each is run; starting its JVM takes about a second besides.
    private static final long MILLIS = Long.getLong("stress.millis", 100);

    /// Generous, since other machines are slower.
    private static final Duration LIMIT = Duration.ofMinutes(8).plusMillis(4 * RACES * MILLIS);

    /// Those to run, as a regular expression.
    private static final String NAMES = System.getProperty("stress.races", ".*");

    private static final List<String> OPTIONS = List.of(
            "-t",
            NAMES,
            "-f",
            "1",
            "-iters",
            "1",
            "-time",
            String.valueOf(MILLIS),
            "-sc",
            "false",
            "-af",
            "NONE",
            "-hs",
            "128",
            "-pth",
            "false",
            "-jvmArgs",
            "-XX:+UseSerialGC");

    @Test
    void everyRaceIsBetweenTwoThreads() {
        assertThat(TestList.tests()).hasSizeGreaterThanOrEqualTo(RACES);
        assertThat(TestList.tests())
                .allSatisfy(name ->
                        assertThat(TestList.getInfo(name).threads()).as(name).isEqualTo(2));
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void noRaceHasAForbiddenOutcome() throws Exception {
        Jcstress run = Jcstress.run(Path.of("target", "jcstress"), LIMIT, OPTIONS);

        assertThat(run.failures()).isEmpty();
        assertThat(run.samples().keySet()).isEqualTo(races());
        assertThat(run.samples().values().stream().mapToLong(Long::longValue).sum())
                .isGreaterThan(SAMPLES);
        byClass(run.samples())
                .forEach((name, samples) -> Findings.add(
                        "%s: %d races, %d ms each".formatted(name, samples.getCount(), MILLIS),
                        "%,d samples, none forbidden".formatted(samples.getSum())));
    }

    private static Set<String> races() {
        return TestList.tests().stream()
                .filter(Pattern.compile(NAMES).asPredicate())
                .collect(Collectors.toSet());
    }

    /// The samples of the races of each class.
    private static Map<String, LongSummaryStatistics> byClass(Map<String, Long> samples) {
        return samples.entrySet().stream()
                .collect(Collectors.groupingBy(
                        race -> race.getKey().replaceAll("^.*\\.(\\w+)\\.\\w+$", "$1"),
                        TreeMap::new,
                        Collectors.summarizingLong(Map.Entry::getValue)));
    }
}
