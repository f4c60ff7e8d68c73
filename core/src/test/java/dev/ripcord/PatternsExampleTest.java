package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The code in the guides on worker pools and pipelines.
class PatternsExampleTest {

    private final ManualClock clock = new ManualClock();
    private final CancellableContext request = clock.root().withCancel();
    private final IOException gone = new IOException("client is gone");

    @Nested
    class AWorkerPool {

        /// A thumbnail that is to be made.
        interface Job {
            void run(Context ctx) throws IOException, InterruptedException;
        }

        private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();

        // @start region="pool"
        void work(Context ctx, int workers) throws InterruptedException {
            try (var pool = Group.of(ctx)) {
                for (int i = 0; i < workers; i++) {
                    pool.execute(worker -> {
                        while (true) {
                            process(worker, Blocking.take(worker, jobs));
                        }
                    });
                }
                pool.join();
            }
        }

        void process(Context worker, Job job) throws InterruptedException {
            try (var call = worker.withTimeout(Duration.ofSeconds(2), "thumbnail")) {
                job.run(call);
            } catch (IOException | RuntimeException e) {
                worker.throwIfDone();
                failures.add(e.getMessage());
            }
        }
        // @end

        // @start region="batch"
        void all(Context ctx, List<Job> batch) throws InterruptedException {
            try (var pool = Group.of(ctx, 4)) {
                for (Job job : batch) {
                    pool.execute(job::run);
                }
                pool.join();
            }
        }
        // @end

        @Test
        void doesAllJobsAndEndsWithTheContext() {
            Gate done = new Gate(100);
            IntStream.range(0, 100).forEach(i -> jobs.add(ctx -> done.open()));
            var pool = Threads.VIRTUAL.start(() -> work(request, 3));
            done.await();

            request.cancel(gone);

            assertThatThrownBy(pool::join)
                    .cause()
                    .isInstanceOf(CancelledException.class)
                    .hasCause(gone);
            assertThat(Insides.listeners(request)).isZero();
        }

        @Test
        void goesOnAfterAJobThatFailed() {
            Gate done = new Gate();
            jobs.add(ctx -> {
                throw new IOException("not an image");
            });
            jobs.add(ctx -> done.open());
            var pool = Threads.VIRTUAL.start(() -> work(request, 1));

            done.await();

            assertThat(failures).containsExactly("not an image");
            request.cancel();
            assertThatThrownBy(pool::join).cause().isInstanceOf(CancelledException.class);
        }

        @Test
        void goesOnAfterAJobThatTookTooLong() {
            Gate begun = new Gate();
            Gate done = new Gate();
            jobs.add(ctx -> {
                begun.open();
                ctx.done().await();
                ctx.throwIfDone();
            });
            jobs.add(ctx -> done.open());
            var pool = Threads.VIRTUAL.start(() -> work(request, 1));
            begun.await();

            clock.advance(Duration.ofSeconds(2));

            done.await();
            assertThat(failures).hasSize(1);
            assertThat(failures.element()).startsWith("deadline exceeded: thumbnail 2s, ");
            request.cancel();
            assertThatThrownBy(pool::join).cause().isInstanceOf(CancelledException.class);
        }

        @Test
        void endsTheJobsThatRunWhenTheContextEnds() {
            Gate begun = new Gate(2);
            Gate told = new Gate(2);
            for (int i = 0; i < 2; i++) {
                jobs.add(ctx -> {
                    begun.open();
                    ctx.done().await();
                    told.open();
                    ctx.throwIfDone();
                });
            }
            var pool = Threads.VIRTUAL.start(() -> work(request, 2));
            begun.await();

            request.cancel(gone);

            assertThatThrownBy(pool::join).cause().hasCause(gone);
            assertThat(told.isOpen()).isTrue();
            assertThat(failures).isEmpty();
        }

        @Test
        void ofABatchEndsWithIt() throws InterruptedException {
            AtomicInteger done = new AtomicInteger();
            Job job = ctx -> done.incrementAndGet();

            all(request, List.of(job, job, job, job, job, job));

            assertThat(done).hasValue(6);
        }
    }

    @Nested
    class APipeline {

        /// What the second stage does with a number.
        interface Step {
            int apply(Context ctx, int number) throws Exception;
        }

        private Step square = (ctx, number) -> number * number;
        private final AtomicInteger produced = new AtomicInteger();

        // @start region="pipeline"
        int sumOfSquares(Context ctx, Iterable<Integer> numbers) throws InterruptedException {
            BlockingQueue<Optional<Integer>> source = new ArrayBlockingQueue<>(2);
            BlockingQueue<Optional<Integer>> squares = new ArrayBlockingQueue<>(2);
            try (var group = Group.of(ctx)) {
                group.execute(stage -> {
                    for (int number : numbers) {
                        Blocking.put(stage, source, Optional.of(number));
                    }
                    Blocking.put(stage, source, Optional.empty());
                });
                group.execute(stage -> {
                    for (var next = Blocking.take(stage, source);
                            next.isPresent();
                            next = Blocking.take(stage, source)) {
                        Blocking.put(stage, squares, Optional.of(square.apply(stage, next.get())));
                    }
                    Blocking.put(stage, squares, Optional.empty());
                });
                Future<Integer> sum = group.fork(stage -> {
                    int total = 0;
                    for (var next = Blocking.take(stage, squares);
                            next.isPresent();
                            next = Blocking.take(stage, squares)) {
                        total += next.get();
                    }
                    return total;
                });
                group.join();
                return sum.resultNow();
            }
        }
        // @end

        /// 1, 2, 3 and so on, without an end.
        private final class Endless implements Iterator<Integer> {

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return produced.incrementAndGet();
            }
        }

        @Test
        void handsEachElementFromStageToStage() throws InterruptedException {
            int sum = sumOfSquares(request, List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));

            assertThat(sum).isEqualTo(385);
            assertThat(Insides.listeners(request)).isZero();
        }

        @Test
        void endsWhenAStageFailsAndNoneIsStuckAtAFullQueue() {
            IOException overflow = new IOException("too large");
            square = (ctx, number) -> {
                if (number == 100) {
                    throw overflow;
                }
                return number;
            };

            assertThatThrownBy(() -> sumOfSquares(request, Endless::new))
                    .isInstanceOf(CompletionException.class)
                    .hasCause(overflow);
            assertThat(produced.get()).isBetween(100, 103);
        }

        @Test
        void endsWhenTheClientLeavesAndNoneIsStuckAtAFullQueue() {
            Gate slow = new Gate();
            square = (ctx, number) -> {
                slow.open();
                ctx.done().await();
                return number;
            };
            var pipeline = Threads.VIRTUAL.start(() -> {
                int sum = sumOfSquares(request, Endless::new);
                throw new AssertionError("it has no end, but is " + sum);
            });
            slow.await();

            request.cancel(gone);

            assertThatThrownBy(pipeline::join)
                    .cause()
                    .isInstanceOf(CancelledException.class)
                    .hasCause(gone);
            assertThat(produced.get()).isBetween(1, 4);
        }

        @Test
        void endsAtTheDeadline() {
            Gate slow = new Gate();
            square = (ctx, number) -> {
                slow.open();
                ctx.done().await();
                return number;
            };
            var pipeline = Threads.VIRTUAL.start(() -> {
                try (var call = request.withTimeout(Duration.ofSeconds(1), "report")) {
                    int sum = sumOfSquares(call, Endless::new);
                    throw new AssertionError("it has no end, but is " + sum);
                }
            });
            slow.await();

            clock.advance(Duration.ofSeconds(1));

            assertThatThrownBy(pipeline::join)
                    .cause()
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: report 1s, ");
        }
    }
}
