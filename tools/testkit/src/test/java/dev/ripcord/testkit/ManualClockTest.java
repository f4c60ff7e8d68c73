package dev.ripcord.testkit;

import static dev.ripcord.testkit.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Deadline;
import dev.ripcord.Group;
import dev.ripcord.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [ManualClock]: time that passes when the test says so.
class ManualClockTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Nested
    class Standing {

        @Test
        void itBeginsAtNoonAndStandsStill() {
            assertThat(clock.instant()).isEqualTo(Instant.parse("2026-11-23T12:00:00Z"));
            assertThat(clock.elapsed()).isZero();
            assertThat(root.withTimeout(seconds(5)).deadline().orElseThrow().remaining())
                    .isEqualTo(seconds(5));
            assertThat(clock).hasToString("ManualClock(PT0S, 0 timers)");
        }

        @Test
        void itsRootNeverEndsAndIsCalledTest() {
            assertThat(root).isLive().hasNoDeadline();
            assertThat(root.done().isNever()).isTrue();
            assertThat(root).hasToString("test");
        }

        @Test
        void allDescendantsHaveItAndWhatIsDetached() {
            Context detached = root.withTimeout(seconds(1)).withoutCancel().withTimeout(seconds(3), "detached");

            clock.advance(seconds(2));
            assertThat(detached).isLive();
            clock.advance(seconds(1));

            assertThat(detached).isOutOfTime("detached");
        }

        @Test
        void aDeadlineOfItIsTheSameMomentForAll() {
            Deadline deadline = clock.deadlineAfter(seconds(3));

            assertThat(root.withDeadline(deadline).deadline()).contains(deadline);
            assertThat(deadline.toInstant()).isEqualTo(clock.instant().plusSeconds(3));
            assertThat(clock.deadlineAfter(seconds(-1)).isExpired()).isTrue();
        }
    }

    @Nested
    class Advancing {

        @Test
        void endsWhatIsDueInTheOrderOfTheDeadlines() {
            List<String> order = new CopyOnWriteArrayList<>();
            for (int second : new int[] {3, 1, 2, 5}) {
                Context ctx = root.withTimeout(seconds(second));
                ctx.afterFunc(() -> order.add(second + " at " + clock.elapsed()));
            }

            clock.advance(seconds(4));

            assertThat(order).containsExactly("1 at PT1S", "2 at PT2S", "3 at PT3S");
            assertThat(clock.timers()).isEqualTo(1);
            clock.advance(seconds(1));
            assertThat(clock.timers()).isZero();
        }

        @RepeatedTest(20)
        void endsEqualDeadlinesInTheOrderOfListening() {
            List<Integer> order = new CopyOnWriteArrayList<>();
            List<CancellableContext> scopes = IntStream.range(0, 20)
                    .mapToObj(i -> root.withTimeout(seconds(1)))
                    .toList();
            for (int i = 19; i >= 0; i--) {
                int number = i;
                scopes.get(i).afterFunc(() -> order.add(number));
            }

            clock.advance(seconds(1));

            assertThat(order)
                    .containsExactlyElementsOf(IntStream.iterate(19, i -> i >= 0, i -> i - 1)
                            .boxed()
                            .toList());
        }

        @Test
        void doesWhatACallbackArmsOnTheWay() {
            List<Duration> ticks = new CopyOnWriteArrayList<>();
            tick(ticks);

            clock.advance(seconds(10));

            assertThat(ticks).hasSize(10).startsWith(seconds(1), seconds(2)).endsWith(seconds(10));
        }

        private void tick(List<Duration> ticks) {
            root.withTimeout(seconds(1)).afterFunc(() -> {
                ticks.add(clock.elapsed());
                tick(ticks);
            });
        }

        @ParameterizedTest
        @EnumSource
        void letsASleeperSleepAsOftenAsItWould(Threads threads) {
            AtomicInteger slept = new AtomicInteger();
            try (var ctx = root.withCancel()) {
                var sleeper = threads.start(() -> {
                    for (int i = 0; i < 100; i++) {
                        Blocking.sleep(ctx, seconds(1));
                        slept.incrementAndGet();
                    }
                });
                clock.awaitWaiting(1);

                clock.advance(seconds(60));
                assertThat(slept).hasValue(60);
                clock.advance(seconds(40));

                assertThat(slept).hasValue(100);
                sleeper.join();
            }
        }

        @Test
        void letsSleepersInPoolsAndGroupsTakeTurns() throws InterruptedException {
            List<String> order = new CopyOnWriteArrayList<>();
            try (ExecutorService pool = Executors.newFixedThreadPool(1);
                    var group = Group.of(root)) {
                pool.execute(() -> sleep("pool", 2, order));
                group.execute(ctx -> sleep("fork", 1, order));
                clock.awaitWaiting(2);

                clock.advance(seconds(4));

                assertThat(order).hasSize(6);
                assertThat(order.getFirst()).isEqualTo("fork PT1S");
                assertThat(order.subList(1, 3)).containsExactlyInAnyOrder("fork PT2S", "pool PT2S");
                group.context().done();
                clock.advance(seconds(2));
                group.join();
            }
        }

        private void sleep(String name, int pause, List<String> order) {
            try {
                for (int i = 0; i < 6 / pause - (name.equals("pool") ? 0 : 2); i++) {
                    Blocking.sleep(root, seconds(pause));
                    order.add(name + " " + clock.elapsed());
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        void waitsForACallbackThatWaitsForTheClockNoLonger() {
            Gate later = new Gate();
            root.withTimeout(seconds(1)).afterFunc(() -> {
                try {
                    Blocking.sleep(root, seconds(10));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                later.open();
            });

            clock.advance(seconds(5));
            assertThat(later.isOpen()).isFalse();
            clock.advance(seconds(6));

            assertThat(later.isOpen()).isTrue();
        }

        @Test
        void waitsForAThreadThatWentOnToWaitForSomethingElse() {
            var queue = new LinkedBlockingQueue<String>();
            try (var ctx = root.withCancel()) {
                var job = Threads.PLATFORM.start(() -> {
                    Blocking.sleep(ctx, seconds(1));
                    assertThat(queue.take()).isEqualTo("element");
                });
                clock.awaitWaiting(1);

                clock.advance(seconds(2));

                queue.add("element");
                job.join();
            }
        }

        @Test
        void tellsWhatItWaitsFor() {
            Gate stop = new Gate();
            root.withTimeout(seconds(1)).afterFunc(() -> {
                while (!stop.isOpen()) {
                    Thread.onSpinWait();
                }
            });

            assertThatThrownBy(() -> clock.advance(seconds(1)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith(
                            "the clock cannot go on, because for 10 s this has been running:\nafterFunc(")
                    .hasMessageContaining("tellsWhatItWaitsFor");
            stop.open();
        }

        @Test
        void byACallbackOfItsOwnIsRefused() {
            List<Throwable> thrown = new CopyOnWriteArrayList<>();
            root.withTimeout(seconds(1)).afterFunc(() -> {
                try {
                    clock.advance(seconds(1));
                } catch (IllegalStateException e) {
                    thrown.add(e);
                }
            });

            clock.advance(seconds(1));

            assertThat(thrown)
                    .singleElement()
                    .asString()
                    .contains("the clock is being advanced by another thread; a callback cannot advance its own clock");
        }

        @Test
        void hasLimits() {
            assertThatThrownBy(() -> clock.advance(seconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("duration < 0: PT-1S; a clock does not go back");
            assertThatThrownBy(() -> clock.pass(Duration.ofDays(40_000)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("duration too long: PT960000H; a clock goes for 73 years");
            assertThatThrownBy(() -> clock.awaitWaiting(1))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("0 instead of 1 threads wait in contexts of the clock after 10 s");
        }
    }

    @Nested
    class Passing {

        @Test
        void noTimerNoticesButWhoAsksDoes() {
            Gate called = new Gate();
            Context ctx = root.withTimeout(seconds(1), "passed");
            ctx.afterFunc(called::open);

            clock.pass(seconds(2));
            assertThat(called.isOpen()).isFalse();
            assertThat(ctx).isOutOfTime("passed");

            called.await();
        }

        @Test
        void whoListensLateIsCalledAtOnce() {
            Context ctx = root.withTimeout(seconds(1));
            clock.pass(seconds(2));
            Gate called = new Gate();

            ctx.afterFunc(called::open);

            called.await();
            assertThat(clock.timers()).isZero();
        }
    }

    @Nested
    class OtherClocks {

        private final ManualClock other = new ManualClock();

        @Test
        void doNotDisturbEachOther() {
            Context ours = root.withTimeout(seconds(1));
            Context theirs = other.root().withTimeout(seconds(1));

            clock.advance(seconds(2));

            assertThat(ours).isOutOfTime();
            assertThat(theirs).isLive();
        }

        @Test
        void joinedEachDeadlineCountsOnItsOwn() {
            Context either = Context.anyOf(
                    root.withTimeout(seconds(2), "ours"), other.root().withTimeout(seconds(1), "theirs"));
            Context below = either.withTimeout(seconds(3), "below");
            Gate called = new Gate();
            below.afterFunc(called::open);

            clock.advance(seconds(1));
            assertThat(below).isLive();
            clock.advance(seconds(1));

            called.await();
            assertThat(below).isOutOfTime("ours");
        }

        @Test
        void joinedEachDeadlineCountsThoughNobodyListens() {
            Context either = Context.anyOf(
                    root.withTimeout(seconds(1), "ours"), other.root().withTimeout(seconds(2), "theirs"));
            Context below = either;
            for (int i = 0; i < 20; i++) {
                below = below.withCancel();
            }
            assertThat(below).isLive();

            other.pass(seconds(2));

            assertThat(below).isOutOfTime("theirs");
        }

        @Test
        void aTimeoutBelowCountsOnTheClockOfTheFirst() {
            Context either = Context.anyOf(root, other.root().withTimeout(seconds(1), "theirs"));
            Context below = either.withTimeout(seconds(5), "below");
            Gate called = new Gate();
            below.afterFunc(called::open);

            clock.advance(seconds(5));

            called.await();
            assertThat(below).isOutOfTime("below");
            assertThat(either).isLive();
        }

        @Test
        void theJvmsClockIsOneOfThem() {
            Context either = Context.anyOf(
                    root.withTimeout(seconds(1), "manual"), Context.background().withTimeout(Duration.ofHours(1)));
            Gate called = new Gate();
            either.afterFunc(called::open);

            clock.advance(seconds(1));

            called.await();
            assertThat(either).isOutOfTime("manual");
        }

        @Test
        void aDeadlineOfAnotherClockIsTakenOverAsTheTimeLeft() {
            other.advance(seconds(100));

            Context ctx = root.withDeadline(other.deadlineAfter(seconds(3)));

            assertThat(ctx.deadline().orElseThrow().remaining()).isEqualTo(seconds(3));
            clock.advance(seconds(3));
            assertThat(ctx).isOutOfTime();
        }
    }

    @Nested
    class Reach {

        @Test
        void aGroupsDeadlineIsItsOwn() throws InterruptedException {
            try (var group = Group.of(root.withTimeout(seconds(1), "group"))) {
                var fork = group.<String>fork(ctx -> {
                    ctx.done().await();
                    return ctx.err().orElseThrow().toString();
                });
                clock.awaitWaiting(1);

                clock.advance(seconds(1));

                assertThat(fork.resultNow()).contains("deadline exceeded: group 1s");
            }
        }

        @Test
        void aWaitOfSomeTimeIsOnIt() {
            List<Boolean> ended = new ArrayList<>();
            try (var ctx = root.withCancel()) {
                var job = Threads.VIRTUAL.start(() -> ended.add(ctx.done().await(seconds(5))));
                clock.awaitWaiting(1);

                clock.advance(seconds(5));

                job.join();
                assertThat(ended).containsExactly(false);
            }
        }

        @Test
        void aProcessIsKilledWhenTheWaitDelayIsOverOnIt() throws Exception {
            Context ctx = root.withTimeout(seconds(1));
            var process = Processes.start(
                    ctx,
                    new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; while :; do read line; done"),
                    seconds(30));
            assertThat(process.inputReader().readLine()).isEqualTo("ready");

            clock.advance(seconds(1));
            assertThat(process.isAlive()).isTrue();
            clock.advance(seconds(30));

            assertThat(process.onExit().get(10, TimeUnit.SECONDS).isAlive()).isFalse();
        }
    }
}
