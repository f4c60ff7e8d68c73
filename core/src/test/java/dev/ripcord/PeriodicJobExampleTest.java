package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// The code of the guide on periodic jobs.
class PeriodicJobExampleTest {

    private static final Duration PERIOD = Duration.ofMillis(5);

    // @start region="every"
    void every(Duration period, Duration budget, Context ctx, Consumer<Context> job) throws InterruptedException {
        Deadline next = Deadline.after(period);
        while (true) {
            try (var run = ctx.withTimeout(budget, "clean-up")) {
                job.accept(run);
            } catch (DeadlineExceededException e) {
                ctx.throwIfDone(); // if it has not ended, only this run was too slow
            }
            Blocking.sleep(ctx, next.remaining()); // not at all if the run was late
            next = next.plus(period);
        }
    }
    // @end

    // @start region="start"
    Thread start(Context ctx, Consumer<Context> job) {
        return Thread.startVirtualThread(() -> {
            try {
                every(PERIOD, Duration.ofSeconds(1), ctx, job);
            } catch (ContextException | InterruptedException e) {
                // told to stop
            }
        });
    }
    // @end

    @Test
    void runsUntilItsContextEndsAndNeverBeforeItsTime() throws Exception {
        List<Long> starts = new CopyOnWriteArrayList<>();
        long begin = System.nanoTime();
        try (var ctx = Context.background().withCancel()) {
            Thread thread = start(ctx, run -> {
                starts.add(System.nanoTime() - begin);
                if (starts.size() == 20) {
                    ctx.cancel();
                }
            });

            assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
        }

        assertThat(starts).hasSize(20);
        for (int i = 0; i < starts.size(); i++) {
            assertThat(starts.get(i)).as("start %s", i).isGreaterThanOrEqualTo(i * PERIOD.toNanos());
        }
    }

    @Test
    void aRunThatIsTooSlowEndsAndTheNextOneStarts() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        var ctx = Context.background().withCancel();
        Threads.Job loop = Threads.VIRTUAL.start(() -> {
            try {
                every(PERIOD, Duration.ofMillis(1), ctx, run -> {
                    if (runs.incrementAndGet() == 3) {
                        ctx.cancel();
                    }
                    awaitEnd(run);
                    run.throwIfDone();
                });
            } catch (CancelledException e) {
                // told to stop
            }
        });

        loop.join();

        assertThat(runs).hasValue(3);
    }

    private static void awaitEnd(Context run) {
        try {
            run.done().await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
