package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The code in the guide on blocking calls.
class BlockingExampleTest {

    private final CancellableContext server = Context.background().withCancel();
    private final List<String> processed = new CopyOnWriteArrayList<>();
    private final Gate two = new Gate(2);
    private final Semaphore slots = new Semaphore(1);

    private void process(Context ctx, String job) {
        ctx.throwIfDone();
        processed.add(job);
        two.open();
    }

    // @start region="worker"
    void work(Context ctx, BlockingQueue<String> jobs) throws InterruptedException {
        while (true) {
            String job = Blocking.take(ctx, jobs); // a job, or the end: whichever is first
            process(ctx, job);
        }
    }
    // @end

    // @start region="slots"
    void render(Context ctx, String page) throws InterruptedException {
        Blocking.acquire(ctx, slots);
        try {
            process(ctx, page);
        } finally {
            slots.release();
        }
    }
    // @end

    // @start region="interruptible"
    int readOne(Context ctx, InputStream in) throws IOException {
        return Blocking.interruptible(ctx, in::read);
    }
    // @end

    // @start region="supply"
    CompletableFuture<String> render(Context ctx, Executor executor) {
        return Futures.supplyAsync(ctx, call -> page(call), executor);
    }
    // @end

    private static String page(Context ctx) {
        ctx.throwIfDone();
        return "<html>";
    }

    @Test
    void aFutureAndItsContextEndTogether() {
        CompletableFuture<String> page = render(server, task -> {});

        server.cancel();

        assertThatThrownBy(page::join).hasCauseInstanceOf(CancelledException.class);
        assertThat(render(Context.background(), Runnable::run)).isCompletedWithValue("<html>");
    }

    @ParameterizedTest
    @EnumSource
    void aWorkerEndsWithItsContext(Threads threads) {
        BlockingQueue<String> jobs = new LinkedBlockingQueue<>(List.of("a", "b"));
        var worker = threads.start(
                () -> assertThatThrownBy(() -> work(server, jobs)).isInstanceOf(CancelledException.class));
        two.await();
        worker.awaitParked();

        server.cancel(new IllegalStateException("server stopping"));

        worker.join();
        assertThat(processed).containsExactly("a", "b");
    }

    @ParameterizedTest
    @EnumSource
    void aSlotIsWaitedForUntilTheDeadline(Threads threads) {
        threads.start(() -> {
                    render(server, "home");
                    slots.acquire();
                    try (var call = server.withTimeout(Duration.ofMillis(1), "render")) {
                        assertThatThrownBy(() -> render(call, "about")).isInstanceOf(DeadlineExceededException.class);
                    }
                })
                .join();
        assertThat(processed).containsExactly("home");
    }

    @ParameterizedTest
    @EnumSource
    void aReadEndsWithItsContext(Threads threads) {
        threads.start(() -> {
                    Pipe pipe = Pipe.open();
                    try (InputStream in = Channels.newInputStream(pipe.source());
                            var sink = pipe.sink();
                            var call = server.withTimeout(Duration.ofMillis(20), "greeting")) {
                        assertThatThrownBy(() -> readOne(call, in)).isInstanceOf(DeadlineExceededException.class);
                        assertThat(sink.isOpen()).isTrue();
                    }
                })
                .join();
    }
}
