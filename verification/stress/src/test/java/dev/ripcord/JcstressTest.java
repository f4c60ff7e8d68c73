package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jcstress.infra.runners.TestList;

/// The short set: every race, in one JVM each, for a fraction of a second.
class JcstressTest {

    /// How many races there are at least. It grows with them.
    private static final int RACES = 54;

    /// How often they are run in all at least. A busy machine may give a single race no more than a moment.
    private static final long SAMPLES = 100_000;

    private static final List<String> SHORT = List.of(
            "-f",
            "1",
            "-iters",
            "1",
            "-time",
            "200",
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
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void noRaceHasAForbiddenOutcome() throws Exception {
        Jcstress run = Jcstress.run(Path.of("target", "jcstress"), Duration.ofMinutes(4), SHORT);

        assertThat(run.failures()).isEmpty();
        assertThat(run.samples().keySet()).isEqualTo(TestList.tests());
        assertThat(run.samples()).doesNotContainValue(0L);
        assertThat(run.samples().values().stream().mapToLong(Long::longValue).sum())
                .isGreaterThan(SAMPLES);
    }
}
