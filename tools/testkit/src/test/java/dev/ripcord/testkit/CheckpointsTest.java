package dev.ripcord.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// [Checkpoints]: an operation that is ended at each moment at which it could notice.
class CheckpointsTest {

    @Nested
    class Runs {

        @Test
        void onceForEachQuestionAndOnceWithoutAnEnd() {
            List<String> runs = new ArrayList<>();

            int count = Checkpoints.of(ctx -> {
                        StringBuilder steps = new StringBuilder();
                        runs.add("");
                        for (String step : List.of("a", "b", "c")) {
                            ctx.throwIfDone();
                            runs.set(runs.size() - 1, steps.append(step).toString());
                        }
                    })
                    .check(run -> assertThat(run.ended()).isEqualTo(run.number() <= 3));

            assertThat(count).isEqualTo(3);
            assertThat(runs).containsExactly("", "a", "ab", "abc");
        }

        @Test
        void tellTheCauseAndWhatWasThrown() {
            Checkpoints.of(Context::throwIfDone).check(run -> {
                if (run.ended()) {
                    assertThat(run.failure().orElseThrow())
                            .isInstanceOf(ContextException.class)
                            .cause()
                            .isInstanceOf(CancellationException.class)
                            .hasMessage("ended at checkpoint 1");
                } else {
                    assertThat(run).isEqualTo(new Checkpoints.Run(2, false, false, java.util.Optional.empty()));
                }
            });
        }

        @Test
        void endWhileSomethingListens() {
            List<Integer> reached = new ArrayList<>();

            int count = Checkpoints.of(ctx -> {
                        var registration = ctx.afterFunc(() -> {});
                        try {
                            for (int i = 0; i < 3; i++) {
                                ctx.throwIfDone();
                                reached.add(i);
                            }
                        } finally {
                            registration.stop();
                        }
                    })
                    .check(run -> {});

            assertThat(count).isGreaterThanOrEqualTo(4);
            assertThat(reached).containsSubsequence(0, 0, 1, 0, 1, 2);
        }

        @Test
        void endWaits() {
            var queue = new LinkedBlockingQueue<String>();
            List<String> taken = new ArrayList<>();

            int count = Checkpoints.of(ctx -> {
                        queue.clear();
                        try (var call = ctx.withTimeout(Duration.ofHours(1))) {
                            var producer = Threads.VIRTUAL.start(() -> queue.add("element"));
                            producer.join();
                            taken.add(Blocking.take(call, queue));
                            Blocking.sleep(call, Duration.ofNanos(1));
                        }
                    })
                    .check(run -> {});

            assertThat(count).isGreaterThanOrEqualTo(3);
            assertThat(taken).isNotEmpty().containsOnly("element");
        }

        @Test
        void endWaitsThatAreBlocked() {
            AtomicBoolean entered = new AtomicBoolean();
            List<Checkpoints.Run> blocked = new ArrayList<>();
            CountDownLatch untilTheLastRun = new CountDownLatch(1);

            Checkpoints.of(ctx -> {
                        entered.set(false);
                        Blocking.interruptible(ctx, () -> {
                            entered.set(true);
                            untilTheLastRun.await();
                            return "waited";
                        });
                    })
                    .check(run -> {
                        if (run.blocked()) {
                            blocked.add(run);
                            assertThat(entered).isTrue();
                            assertThat(run.failure()).containsInstanceOf(ContextException.class);
                            untilTheLastRun.countDown();
                        }
                    });

            assertThat(blocked)
                    .singleElement()
                    .satisfies(run -> assertThat(run.ended()).isTrue());
        }

        @Test
        void haveNoEndInAWaitThatIsOverAtOnce() {
            List<Checkpoints.Run> blocked = new ArrayList<>();

            Checkpoints.of(ctx -> Blocking.interruptible(ctx, () -> "at once")).check(run -> {
                if (run.blocked()) {
                    blocked.add(run);
                }
            });

            assertThat(blocked)
                    .singleElement()
                    .satisfies(run -> assertThat(run.failure()).isEmpty());
        }

        @Test
        void haveTheClockOfTheParent() {
            var clock = new ManualClock();

            int count = Checkpoints.of(ctx -> assertThat(
                                    ctx.withTimeout(Duration.ofSeconds(1)).deadline())
                            .contains(clock.deadlineAfter(Duration.ofSeconds(1))))
                    .under(clock.root())
                    .check(run -> {});

            assertThat(count).isZero();
        }
    }

    @Nested
    class Fails {

        @Test
        @SuppressWarnings("LockNotBeforeTry") // the mistake that is to be found
        void ifTheInvariantDoesNotHold() {
            var lock = new ReentrantLock();

            assertThatThrownBy(() -> Checkpoints.of(ctx -> {
                                lock.lock();
                                ctx.throwIfDone();
                                lock.unlock();
                            })
                            .check(run ->
                                    assertThat(lock.isLocked()).as("locked").isFalse()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("with an end at checkpoint 1: [locked]")
                    .satisfies(error -> assertThat(error.getSuppressed())
                            .singleElement()
                            .satisfies(trace -> assertThat(trace.getMessage()).startsWith("checkpoint 1 was here")));
        }

        @Test
        void ifTheInvariantDoesNotHoldAfterABlockedWait() {
            CountDownLatch never = new CountDownLatch(1);

            assertThatThrownBy(() -> Checkpoints.of(ctx -> Blocking.await(ctx, never))
                            .check(run ->
                                    assertThat(run.blocked()).as("blocked").isFalse()))
                    .hasMessageMatching("(?s)with an end in the wait at checkpoint \\d+: \\[blocked].*")
                    .satisfies(error -> assertThat(error.getSuppressed())
                            .singleElement()
                            .satisfies(trace -> {
                                assertThat(trace.getMessage())
                                        .matches("checkpoint \\d+ was blocked here, by thread "
                                                + Thread.currentThread().getName());
                                assertThat(trace.getStackTrace())
                                        .extracting(StackTraceElement::getClassName)
                                        .contains(LockSupport.class.getName(), Fails.class.getName());
                            }));
        }

        @Test
        void ifTheOperationFailsOtherwise() {
            assertThatThrownBy(() -> Checkpoints.of(ctx -> {
                                if (ctx.done().isDone()) {
                                    throw new IOException("half-written");
                                }
                            })
                            .check(run -> {}))
                    .hasMessage(
                            "with an end at checkpoint 1: the operation failed otherwise: java.io.IOException: half-written");
        }

        @Test
        void ifTheOperationFailsWithoutAnEnd() {
            assertThatThrownBy(() -> Checkpoints.of(ctx -> {
                                throw new IOException("always");
                            })
                            .check(run -> {}))
                    .hasMessageContaining("the operation failed otherwise: java.io.IOException: always");
        }

        @Test
        void ifSomethingIsLeftBehind() {
            assertThatThrownBy(() -> Checkpoints.of(ctx -> {
                                ctx.throwIfDone();
                                ctx.afterFunc(() -> {});
                            })
                            .check(run -> {}))
                    .hasMessageContaining("1 left behind after an end at checkpoint ");
        }

        @Test
        void ifItNeverComesToAnEnd() {
            assertThatThrownBy(() -> Checkpoints.of(ctx -> {
                                for (int i = 0; i < 10_001; i++) {
                                    ctx.throwIfDone();
                                }
                            })
                            .check(run -> {}))
                    .hasMessage("more than 10000 checkpoints; try a smaller operation");
        }
    }
}
