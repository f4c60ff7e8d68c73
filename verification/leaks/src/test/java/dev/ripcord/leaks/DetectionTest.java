package dev.ripcord.leaks;

import static dev.ripcord.testkit.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.testkit.LeakDetector;
import org.junit.jupiter.api.Test;

/// That somebody looks, while the tests of the core run.
class DetectionTest {

    /// Only the extension has a context to give.
    @Test
    void theExtensionIsThereThoughNoTestNamesIt(Context ctx) {
        assertThat(ctx).isLive();
    }

    @Test
    void theCoreTellsTheDetectorWhoListens() {
        try (var detector = LeakDetector.open();
                var ctx = Context.background().withCancel()) {
            var registration = ctx.afterFunc(() -> {});
            assertThat(detector.listeners()).hasSize(1);
            registration.stop();
        }
    }
}
