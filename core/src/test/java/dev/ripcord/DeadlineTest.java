package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [Deadline]: a moment on the monotonic clock.
class DeadlineTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    private Deadline in(Duration duration) {
        return root.withTimeout(duration).deadline().orElseThrow();
    }

    @Nested
    class Making {

        @Test
        void afterCountsFromNow() {
            Duration left = Deadline.after(Duration.ofHours(1)).remaining();

            assertThat(left).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
        }

        @Test
        void atIsTheMomentOnTheMonotonicClock() {
            Instant instant = Instant.now().plusSeconds(3600);
            Deadline deadline = Deadline.at(instant);

            assertThat(deadline.remaining()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
            assertThat(Duration.between(instant, deadline.toInstant()).abs()).isLessThan(Duration.ofMinutes(1));
        }

        @Test
        void plusIsThatMuchLaterWheneverItIsAsked() {
            Deadline deadline = in(Duration.ofSeconds(2));

            clock.pass(Duration.ofSeconds(3));
            Deadline later = deadline.plus(Duration.ofSeconds(5));
            Deadline sooner = deadline.plus(Duration.ofSeconds(-5));

            assertThat(later.remaining()).isEqualTo(Duration.ofSeconds(4));
            assertThat(sooner.remaining()).isEqualTo(Duration.ofSeconds(-6));
            assertThat(later.plus(Duration.ofSeconds(-5))).isEqualTo(deadline);
        }

        @Test
        void plusDoesNotPassTheFarthestThereIs() {
            Deadline farthest = in(Duration.ofSeconds(Long.MAX_VALUE));

            assertThat(farthest.plus(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(farthest);
            assertThat(in(Duration.ZERO)
                            .plus(Duration.ofSeconds(Long.MIN_VALUE))
                            .isExpired())
                    .isTrue();
        }

        @Test
        void farMomentsCountAsTheFarthestThereIs() {
            Duration lifetime = Duration.ofDays(70 * 365);

            assertThat(Deadline.after(Duration.ofSeconds(Long.MAX_VALUE)).remaining())
                    .isGreaterThan(lifetime);
            assertThat(Deadline.at(Instant.MAX).remaining()).isGreaterThan(lifetime);
            assertThat(Deadline.after(Duration.ofSeconds(Long.MIN_VALUE)).isExpired())
                    .isTrue();
            assertThat(Deadline.at(Instant.MIN).isExpired()).isTrue();
        }
    }

    @Nested
    class Asking {

        @Test
        void itExpiresWhenNoTimeIsLeft() {
            Deadline deadline = in(Duration.ofSeconds(2));

            clock.pass(Duration.ofSeconds(2).minusNanos(1));
            assertThat(deadline.remaining()).isEqualTo(Duration.ofNanos(1));
            assertThat(deadline.isExpired()).isFalse();
            clock.pass(Duration.ofNanos(1));

            assertThat(deadline.remaining()).isZero();
            assertThat(deadline.isExpired()).isTrue();
            clock.pass(Duration.ofSeconds(1));
            assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(-1));
        }

        @Test
        void theInstantIsTheSameHoweverMuchTimePasses() {
            Deadline deadline = in(Duration.ofSeconds(2));

            assertThat(deadline.toInstant()).isEqualTo(Instant.parse("2026-11-23T12:00:02Z"));
            clock.pass(Duration.ofSeconds(5));
            assertThat(deadline.toInstant()).isEqualTo(Instant.parse("2026-11-23T12:00:02Z"));
        }
    }

    @Nested
    class Comparing {

        @Test
        void ordersByTheMoment() {
            Deadline soon = in(Duration.ofSeconds(1));
            Deadline late = in(Duration.ofSeconds(2));

            assertThat(soon).isLessThan(late);
            assertThat(late).isGreaterThan(soon);
            assertThat(soon).isEqualByComparingTo(in(Duration.ofSeconds(1)));
        }

        @Test
        void ordersTheFarthestMomentsOfBothSides() {
            Deadline longAgo = in(Duration.ofSeconds(Long.MIN_VALUE));
            clock.pass(Duration.ofDays(365));
            Deadline never = in(Duration.ofSeconds(Long.MAX_VALUE));

            assertThat(longAgo).isLessThan(never);
            assertThat(never).isGreaterThan(longAgo);
        }

        @Test
        void ordersMomentsOfDifferentClocksByTheTimeLeft() {
            Deadline other = new ManualClock()
                    .root()
                    .withTimeout(Duration.ofSeconds(2))
                    .deadline()
                    .orElseThrow();

            assertThat(in(Duration.ofSeconds(1))).isLessThan(other);
            assertThat(in(Duration.ofSeconds(3))).isGreaterThan(other);
            assertThat(in(Duration.ofSeconds(2))).isNotEqualTo(other);
        }

        @Test
        void equalsTheSameMomentOfTheSameClock() {
            Deadline deadline = in(Duration.ofSeconds(1));

            assertThat(deadline).isEqualTo(in(Duration.ofSeconds(1))).hasSameHashCodeAs(in(Duration.ofSeconds(1)));
            assertThat(deadline).isNotEqualTo(in(Duration.ofSeconds(2))).isNotEqualTo("1s");
        }
    }

    @Nested
    class Sharing {

        @Test
        void aDeadlineOfOneContextHoldsInAnother() {
            Deadline deadline = in(Duration.ofSeconds(1));
            Context other = root.withDeadline(deadline, "shared");

            clock.advance(Duration.ofSeconds(1));

            assertThat(other.deadline()).contains(deadline);
            assertThat(other.err()).get().isInstanceOf(DeadlineExceededException.class);
        }

        @Test
        void aDeadlineOfAnotherClockMeansTheTimeLeft() {
            Context other = new ManualClock().root().withDeadline(in(Duration.ofSeconds(1)));

            assertThat(other.deadline().orElseThrow().remaining()).isEqualTo(Duration.ofSeconds(1));
        }
    }

    @Nested
    class Text {

        @ParameterizedTest
        @CsvSource({
            "PT0S, 0µs over",
            "PT0.000001S, 1µs left",
            "PT0.0015S, 1ms left",
            "PT0.9999S, 999ms left",
            "PT1S, 1s left",
            "PT1.449S, 1.4s left",
            "PT59.99S, 59.9s left",
            "PT60S, 1m left",
            "PT90M, 1h30m left",
            "PT25H1S, 25h1s left",
            "PT-0.02S, 20ms over",
            "PT-1.449S, 1.4s over",
        })
        void tellsTheTimeLeftOrOver(Duration left, String text) {
            assertThat(in(left)).hasToString(text);
        }

        @ParameterizedTest
        @CsvSource({
            "PT0S, 0µs",
            "PT0.0000123S, 12.3µs",
            "PT0.0123456S, 12.345ms",
            "PT2S, 2s",
            "PT2.5S, 2.5s",
            "PT1M, 1m",
            "PT1H30M, 1h30m",
            "PT-2S, -2s",
            "PT-1M, -1m",
        })
        void ofABudgetIsExactToThreeDecimals(Duration budget, String text) {
            assertThat(Deadline.text(budget.toNanos())).isEqualTo(text);
        }

        @ParameterizedTest
        @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR-u-nu-arabext", "th-TH-u-nu-thai", "tr-TR", "de-DE"})
        void isTheSameInEveryLocale(String tag) {
            Locale previous = Locale.getDefault();
            Locale.setDefault(Locale.forLanguageTag(tag));
            try {
                assertThat(Deadline.text(1_234_000_000L)).isEqualTo("1.234s");
                assertThat(Deadline.text(60_000_000_000L)).isEqualTo("1m");
                assertThat(Deadline.text(300_000_000L)).isEqualTo("300ms");
            } finally {
                Locale.setDefault(previous);
            }
        }
    }

    @Nested
    class Extremes {

        @Test
        void aChildOfALongExpiredParentIsNotSoonerHoweverFarItsDeadline() {
            Context parent = root.withTimeout(Duration.ofSeconds(Long.MIN_VALUE), "parent");
            clock.pass(Duration.ofDays(365));
            Context child = parent.withTimeout(Duration.ofSeconds(Long.MAX_VALUE), "child");

            assertThat(child.deadline()).isEqualTo(parent.deadline());
        }

        @Test
        void timersOfTheFarthestDeadlinesCanBeArmedAndStopped() {
            List<Duration> far = List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(40_000));
            for (Duration duration : far) {
                try (var scope = root.withTimeout(duration)) {
                    scope.afterFunc(() -> {});
                    assertThat(clock.armed()).isEqualTo(1);
                    clock.advance(Duration.ofDays(20_000));
                    assertThat(scope.err()).isEmpty();
                }
                assertThat(clock.armed()).isZero();
            }
        }
    }
}
