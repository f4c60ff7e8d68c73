package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// [Wheel]: the timers of a clock.
class WheelTest {

    private static final long ORIGIN = Long.MAX_VALUE - 12_345;

    private final Wheel wheel = new Wheel(ORIGIN);
    private final FixedClock clock = new FixedClock();
    private final Node root = ValueNode.root("test", clock);

    /// A clock that stands still, so that deadlines are exact.
    private final class FixedClock extends TimeSource {

        private long elapsed;

        @Override
        long nanoTime() {
            return ORIGIN + elapsed;
        }

        @Override
        Instant instant() {
            return Instant.EPOCH;
        }

        @Override
        int stripe() {
            return 0;
        }

        @Override
        Wheel wheel(int stripe) {
            return wheel;
        }

        @Override
        void armed(DeadlineNode node) {}
    }

    /// A node whose deadline is `dueAt` nanoseconds after the origin.
    private DeadlineNode node(long dueAt) {
        return DeadlineNode.at(root, new Deadline(clock, ORIGIN + dueAt), null);
    }

    private Wheel.Timer arm(long dueAt) {
        Wheel.Timer timer = new Wheel.Timer(node(dueAt), 0);
        timer.engage();
        return timer;
    }

    private List<Long> advance(long elapsed) {
        clock.elapsed = elapsed;
        List<Long> due = new ArrayList<>();
        wheel.advance(ORIGIN + elapsed, node -> due.add(node.deadlineNanos - ORIGIN));
        return due;
    }

    @Nested
    class Advancing {

        @Test
        void anEmptyWheelHasNothingToDo() {
            for (long elapsed : new long[] {0, Long.MAX_VALUE}) {
                assertThat(wheel.advance(ORIGIN + elapsed, node -> {})).isEqualTo(Wheel.NEVER);
            }
        }

        @Test
        void aTimerIsDueAtItsDeadlineToTheNanosecond() {
            arm(1_500_000);

            assertThat(advance(1_499_999)).isEmpty();
            assertThat(advance(1_500_000)).containsExactly(1_500_000L);
            assertThat(advance(1_500_001)).isEmpty();
        }

        @Test
        void timersOfOneTickAreDueEachAtItsOwnTime() {
            arm(1_000_300);
            arm(1_000_100);
            arm(1_000_200);

            assertThat(advance(1_000_100)).containsExactly(1_000_100L);
            assertThat(advance(1_000_200)).containsExactly(1_000_200L);
            assertThat(advance(2_000_000)).containsExactly(1_000_300L);
        }

        @Test
        void thousandsOfOneTickAreDueEachAtItsOwnTime() {
            for (int i = 0; i < 5_000; i++) {
                arm(3_000_000_000L + i % 100);
            }

            assertThat(advance(2_999_999_999L)).isEmpty();
            assertThat(advance(3_000_000_049L)).hasSize(2_500).allMatch(dueAt -> dueAt <= 3_000_000_049L);
            assertThat(Insides.timers(wheel)).isEqualTo(2_500);
            assertThat(advance(3_000_000_098L)).hasSize(2_450);
            assertThat(advance(4_000_000_000L)).hasSize(50).containsOnly(3_000_000_099L);
        }

        @Test
        void aTimerThatIsArmedWithinTheCurrentTickIsNotForgotten() {
            arm(1_000_200);
            assertThat(advance(1_000_100)).isEmpty();
            arm(1_000_150);

            assertThat(advance(1_000_150)).containsExactly(1_000_150L);
            assertThat(advance(1_000_200)).containsExactly(1_000_200L);
        }

        @Test
        void aDeadlineInThePastIsDueAtOnce() {
            advance(1_000_000_000_000L);
            arm(5);

            assertThat(advance(1_000_000_000_000L)).containsExactly(5L);
        }

        /// As when there is no memory to note it.
        @Test
        void aTimerThatCouldNotBeHandedOverIsDueTheNextTime() {
            arm(1_000);
            arm(2_000);
            OutOfMemoryError failure = new OutOfMemoryError("in a test");

            assertThatThrownBy(() -> wheel.advance(ORIGIN + 2_000, node -> {
                        throw failure;
                    }))
                    .isSameAs(failure);

            assertThat(advance(2_000)).containsExactlyInAnyOrder(1_000L, 2_000L);
        }

        @Test
        void theAnswerIsWhenToLookAgainAndNeverTooLate() {
            arm(Duration.ofDays(400).toNanos());

            long next = wheel.advance(ORIGIN, node -> {});
            int looks = 0;
            while (Insides.timers(wheel) > 0) {
                assertThat(next).isLessThanOrEqualTo(Duration.ofDays(400).toNanos());
                next = wheel.advance(ORIGIN + next, node -> {});
                looks++;
            }

            assertThat(looks).isLessThanOrEqualTo(8);
            assertThat(next).isEqualTo(Wheel.NEVER);
        }

        @Test
        void theFarthestDeadlineFits() {
            long farthest = Long.MAX_VALUE;
            arm(farthest);

            assertThat(advance(farthest - 1)).isEmpty();
            assertThat(advance(farthest)).containsExactly(farthest);
        }
    }

    @Nested
    class Releasing {

        @Test
        void takesTheTimerOutAndASecondTimeDoesNothing() {
            Wheel.Timer timer = arm(1_000_000);

            timer.release();
            timer.release();

            assertThat(Insides.timers(wheel)).isZero();
            assertThat(advance(2_000_000)).isEmpty();
        }

        @Test
        void beforeEngagingPreventsIt() {
            Wheel.Timer timer = new Wheel.Timer(node(1_000_000), 0);

            timer.release();
            timer.engage();

            assertThat(Insides.timers(wheel)).isZero();
        }

        @Test
        void withinTheTickOfTheDeadlineIsInTime() {
            arm(1_000_100);
            Wheel.Timer timer = arm(1_000_200);
            arm(1_000_300);
            assertThat(advance(1_000_100)).containsExactly(1_000_100L);

            timer.release();

            assertThat(advance(2_000_000)).containsExactly(1_000_300L);
        }

        @Test
        void afterTheDeadlineDoesNothing() {
            Wheel.Timer timer = arm(1_000_000);
            arm(3_000_000);
            advance(2_000_000);

            timer.release();
            timer.engage();

            assertThat(advance(4_000_000)).containsExactly(3_000_000L);
        }
    }

    @Nested
    class AgainstAModel {

        private final List<Model> model = new ArrayList<>();

        private record Model(long dueAt, Wheel.Timer timer) {}

        @Test
        void randomOperationsFireWhatASortedListWould() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int round = 0; round < 100; round++) {
                long now = clock.elapsed;
                for (int step = 0; step < 300; step++) {
                    switch (random.nextInt(5)) {
                        case 0, 1 -> {
                            long dueAt = Math.max(1, now + distance(random));
                            model.add(new Model(dueAt, arm(dueAt)));
                        }
                        case 2 -> {
                            if (!model.isEmpty()) {
                                model.remove(random.nextInt(model.size()))
                                        .timer()
                                        .release();
                            }
                        }
                        default -> {
                            now += Math.abs(distance(random)) / 4;
                            long until = now;
                            List<Long> expected = model.stream()
                                    .map(Model::dueAt)
                                    .filter(dueAt -> dueAt <= until)
                                    .sorted()
                                    .toList();
                            model.removeIf(entry -> entry.dueAt() <= until);

                            List<Long> due = advance(now);

                            assertThat(due.stream().sorted().toList())
                                    .as("at %d, seed %d", now, seed)
                                    .isEqualTo(expected);
                        }
                    }
                }
                assertThat(Insides.timers(wheel)).as("seed %d", seed).isEqualTo(model.size());
                if (now > 1L << 58) {
                    break;
                }
            }
        }

        @Test
        void theTimeToLookAgainIsNeverAfterTheNextDeadline() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            long now = 0;
            for (int step = 0; step < 2_000 && now < 1L << 60; step++) {
                long dueAt = now + 1 + Math.abs(distance(random)) / 16;
                model.add(new Model(dueAt, arm(dueAt)));
                long earliest = model.stream().mapToLong(Model::dueAt).min().orElseThrow();

                long next = wheel.advance(ORIGIN + now, node -> {});

                assertThat(next).as("seed %d", seed).isGreaterThan(now).isLessThanOrEqualTo(earliest);
                now = next;
                clock.elapsed = now;
                long until = now;
                model.removeIf(entry -> entry.dueAt() <= until);
                wheel.advance(ORIGIN + now, node -> {});
                assertThat(Insides.timers(wheel)).as("seed %d", seed).isEqualTo(model.size());
            }
        }

        /// Of any magnitude, so that every level of the wheel gets its share; sometimes negative.
        private long distance(Random random) {
            return (random.nextLong() >>> (8 + random.nextInt(56))) * (random.nextInt(10) == 0 ? -1 : 1);
        }
    }
}
