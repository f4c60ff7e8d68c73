package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ServerLifetimeTest {

    private static final Duration GUARD = Duration.ofSeconds(30);

    private final ServerLifetime server = ServerLifetime.under(Context.background());

    @Test
    void aRequestRunsUntilItsHandlerHasFinishedWhateverEndedItsContextBefore() {
        RequestLifetime request = server.open("GET", "/a");
        request.clientDisconnected();

        assertThat(server.running()).isEqualTo(1);
        assertThat(request.handlerFinished()).isFalse();

        assertThat(server.running()).isZero();
        assertThat(request.context().cause()).get().isExactlyInstanceOf(ClientDisconnectedException.class);
    }

    @Test
    void aShutdownReturnsWithTheLastRequest() throws Exception {
        RequestLifetime request = server.open("GET", "/a");
        CompletableFuture<Integer> cancelled = new CompletableFuture<>();
        Thread stopping = Thread.startVirtualThread(() -> {
            try {
                cancelled.complete(server.shutdown(GUARD));
            } catch (InterruptedException e) {
                cancelled.completeExceptionally(e);
            }
        });

        request.handlerFinished();

        assertThat(cancelled.get(GUARD.toMillis() / 2, TimeUnit.MILLISECONDS)).isZero();
        assertThat(stopping.join(GUARD)).isTrue();
        assertThat(request.context().cause()).get().isExactlyInstanceOf(HandlerFinishedException.class);
    }

    /// Invariant 2. A wait that missed the last request would last for the whole grace.
    @RepeatedTest(200)
    void aShutdownMissesNoLastRequestThatFinishesMeanwhile() throws Exception {
        RequestLifetime request = server.open("GET", "/a");
        CyclicBarrier start = new CyclicBarrier(2);
        FutureTask<Integer> cancelled = new FutureTask<>(() -> {
            start.await();
            return server.shutdown(GUARD.multipliedBy(2));
        });
        Thread.startVirtualThread(cancelled);

        start.await();
        request.handlerFinished();

        assertThat(cancelled.get(GUARD.toMillis(), TimeUnit.MILLISECONDS)).isZero();
    }

    @Test
    void aRequestThatOutlastsTheGraceIsCancelled() throws Exception {
        RequestLifetime request = server.open("GET", "/a");
        request.context().afterFunc(request::handlerFinished);

        int cancelled = server.shutdown(Duration.ZERO);

        assertThat(cancelled).isEqualTo(1);
        assertThat(request.context().cause())
                .get()
                .isInstanceOfSatisfying(
                        ServerStoppingException.class,
                        stop -> assertThat(stop.grace()).isZero());
    }

    @Test
    void theOldestOfThoseThatOutlastTheGraceAreNamed() throws Exception {
        for (int i = 0; i < 22; i++) {
            RequestLifetime request = server.open("GET", "/" + i);
            request.context().afterFunc(request::handlerFinished);
        }
        try (Logged logged = new Logged(Level.WARNING, "dev.ripcord.http")) {
            assertThat(server.shutdown(Duration.ZERO)).isEqualTo(22);

            String oldest = IntStream.range(0, 20).mapToObj(i -> "GET /" + i).collect(Collectors.joining("; "));
            assertThat(logged.all())
                    .singleElement()
                    .asString()
                    .satisfies(line -> assertThat(line.replaceAll(" \\d+ms", ""))
                            .isEqualTo(
                                    "server stopping: cancelled 22 requests that had not finished after a grace of PT0S: "
                                            + oldest + "; and 2 younger ones"));
        }
    }

    @Test
    void aRequestThatComesAfterTheEndHasEnded() {
        server.endAll(Duration.ofSeconds(1));

        RequestLifetime late = server.open("GET", "/late");

        assertThat(late.context().cause()).get().isExactlyInstanceOf(ServerStoppingException.class);
        late.handlerFinished();
    }

    @Test
    void aRequestTellsWhereItIsBlocked() throws Exception {
        RequestLifetime request = server.open("GET", "/slow");
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Thread handler = Thread.startVirtualThread(() -> request.call(() -> {
            entered.countDown();
            awaitQuietly(leave);
            return true;
        }));
        assertThat(entered.await(GUARD.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(request.toString()).matches("GET /slow \\d+ms at dev\\.ripcord\\.http\\.ServerLifetimeTest\\..*");
        leave.countDown();
        assertThat(handler.join(GUARD)).isTrue();

        assertThat(request.toString()).matches("GET /slow \\d+ms");
    }

    @Test
    void aNegativeGraceIsRefused() {
        assertThatThrownBy(() -> server.shutdown(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("grace < 0: PT-1S");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(GUARD.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
