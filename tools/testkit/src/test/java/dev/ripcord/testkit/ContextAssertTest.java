package dev.ripcord.testkit;

import static dev.ripcord.testkit.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// [ContextAssert]: how a context stands.
class ContextAssertTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final ManualClock clock = new ManualClock();
    private final CancellableContext live = clock.root().withCancel();
    private final CancellableContext cancelled = clock.root().withCancel();
    private final Context late = clock.root().withTimeout(Duration.ZERO, "lookup");
    private final IllegalStateException why = new IllegalStateException("why");

    ContextAssertTest() {
        cancelled.cancel(why);
    }

    private static void fails(ThrowingCallable assertion, String message) {
        assertThatThrownBy(assertion).isInstanceOf(AssertionError.class).hasMessage(message);
    }

    @Test
    void whatHolds() {
        assertThat(live).isLive().hasNoDeadline().hasValue(USER, null);
        assertThat(cancelled).isDone().isCancelled().isCancelledWith(why).isCancelledWith(RuntimeException.class);
        assertThat(late).isDone().isOutOfTime().isOutOfTime("lookup");
        assertThat(clock.root().withTimeout(Duration.ofSeconds(1)))
                .hasDeadline()
                .hasDeadlineWithin(Duration.ofSeconds(1));
        assertThat(live.withValue(USER, "ada")).hasValue(USER, "ada");
    }

    @Test
    void whatDoesNotSaysWhatIs() {
        fails(
                () -> assertThat(cancelled).isLive(),
                "expected <test.withCancel> to be live, but: context cancelled: why, because of " + why);
        fails(() -> assertThat(live).isDone(), "expected <test.withCancel> to have ended, but it is live");
        fails(
                () -> assertThat(cancelled).isOutOfTime(),
                "expected <test.withCancel> to be out of time, but: context cancelled: why, because of " + why);
        fails(
                () -> assertThat(late).isOutOfTime("other"),
                "expected <test.withTimeout(lookup 0µs, 0µs over)> to be out of time by <other>, but: deadline exceeded: lookup 0µs, 0µs over");
        assertThatThrownBy(() -> assertThat(late).isCancelled())
                .hasMessageContaining(" to be cancelled, but: deadline");
        assertThatThrownBy(() -> assertThat(cancelled).isCancelledWith(new Exception("other")))
                .hasMessageContaining(" to be cancelled with <java.lang.Exception: other>, but: ");
        assertThatThrownBy(() -> assertThat(cancelled).isCancelledWith(Error.class))
                .hasMessageContaining(" to be cancelled with a java.lang.Error, but: ");
        fails(() -> assertThat(live).hasDeadline(), "expected <test.withCancel> to have a deadline, but it has none");
        fails(
                () -> assertThat(live.withTimeout(Duration.ofSeconds(2))).hasDeadlineWithin(Duration.ofSeconds(1)),
                "expected <test.withCancel.withTimeout(2s, 2s left)> to have at most PT1S left, but it has PT2S");
        fails(
                () -> assertThat(live.withTimeout(Duration.ofSeconds(2))).hasNoDeadline(),
                "expected <test.withCancel.withTimeout(2s, 2s left)> to have no deadline");
        fails(
                () -> assertThat(live).hasValue(USER, "ada"),
                "expected <test.withCancel> to have the user <ada>, but it has <null>");
        assertThatThrownBy(() -> assertThat((Context) null).isLive()).hasMessageContaining("not to be null");
    }
}
