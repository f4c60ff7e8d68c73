package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The text of a context.
class PathTest {

    private static final Key<String> USER = Key.of("user", String.class);
    private static final Key<String> PASSWORD = Key.of("password", String.class);

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    @Nested
    class R11ThePath {

        @Test
        void hasAStepForEachWayToDerive() {
            Context context = root.withValue(USER, "ada")
                    .withCancel()
                    .withTimeout(Duration.ofSeconds(2))
                    .withoutCancel()
                    .withDeadline(
                            root.withTimeout(Duration.ofSeconds(90)).deadline().orElseThrow());

            assertThat(context)
                    .hasToString("test.withValue(user).withCancel.withTimeout(2s, 2s left).withoutCancel"
                            + ".withTimeout(1m30s, 1m30s left)");
        }

        @Test
        void hasTheNamesAndTheTimeLeft() {
            Context context = root.withTimeout(Duration.ofSeconds(2), "product lookup");

            clock.pass(Duration.ofMillis(600));
            assertThat(context).hasToString("test.withTimeout(product lookup 2s, 1.4s left)");
            clock.pass(Duration.ofMillis(1420));

            assertThat(context).hasToString("test.withTimeout(product lookup 2s, 20ms over)");
        }

        @Test
        void hasTheKeysAndNeverTheValues() {
            Context context = root.withValue(USER, "ada")
                    .withValue(PASSWORD, "hunter2")
                    .withValue(USER, null)
                    .withCancel();

            assertThat(context).hasToString("test.withValue(user).withValue(password).withValue(user).withCancel");
            assertThat(context.done().toString()).doesNotContain("ada", "hunter2");
        }

        @Test
        void isTheSameForAViewThatHidesThePowerToCancel() {
            var scope = root.withValue(USER, "ada").withCancel();

            assertThat(Context.anyOf(scope)).hasToString(scope.toString());
            assertThat(Context.anyOf(scope).withValue(USER, "bob"))
                    .hasToString("test.withValue(user).withCancel.withValue(user)");
        }

        @Test
        void showsWhatADetachedContextCameFrom() {
            Context detached = root.withTimeout(Duration.ofSeconds(2))
                    .withValue(USER, "ada")
                    .withoutCancel()
                    .withoutCancel()
                    .withValue(USER, "bob");

            assertThat(detached)
                    .hasToString("test.withTimeout(2s, 2s left).withValue(user).withoutCancel.withoutCancel"
                            + ".withValue(user)");
        }
    }

    @Nested
    class OfJoins {

        @Test
        void namesWhatIsJoined() {
            Context either = Context.anyOf(
                    root.withValue(USER, "ada").withCancel(),
                    Context.background().withTimeout(Duration.ofHours(-1), "shutdown"),
                    Context.of(new Signal()));

            assertThat(either.toString())
                    .startsWith("test.withValue(user).withCancel.anyOf(background.withTimeout(shutdown -1h, 1h")
                    .endsWith(" over), background.anyOf(…))");
            assertThat(Context.of(new Signal()).withCancel()).hasToString("background.anyOf(signal).withCancel");
        }

        @Test
        void doesNotGrowWithJoinsOfJoins() {
            Context twice = root.withCancel();
            for (int i = 0; i < 100; i++) {
                twice = Context.anyOf(twice, twice);
            }

            assertThat(twice.toString().length()).isLessThan(1_000_000);
        }
    }

    @Nested
    class OfLongLines {

        @Test
        void upTo64StepsIsWhole() {
            Context context = ContextTest.chain(root, 63);

            assertThat(context).hasToString("test" + ".withCancel".repeat(63));
        }

        @Test
        void ofMoreStepsLeavesTheMiddleOut() {
            Context context = ContextTest.chain(root, 64);

            assertThat(context).hasToString("test" + ".withCancel".repeat(31) + ".(1 more)" + ".withCancel".repeat(32));
        }

        @Test
        void ofAMillionStepsIsShort() {
            Context context = ContextTest.chain(root, 500_000);
            for (int i = 0; i < 500_000; i++) {
                context = context.withValue(USER, "ada");
            }

            assertThat(context)
                    .hasToString("test" + ".withCancel".repeat(31) + ".(999937 more)" + ".withValue(user)".repeat(32));
        }
    }
}
