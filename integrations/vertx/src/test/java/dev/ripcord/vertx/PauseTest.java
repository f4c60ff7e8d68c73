package dev.ripcord.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.http.Client;
import dev.ripcord.http.ServerLifetime;
import dev.ripcord.http.Transport;
import dev.ripcord.testkit.RealTime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// While operations run, their request loses nothing of its body; then it goes on.
class PauseTest {

    private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

    @Test
    void anOperationThatReturnsLeavesTheBodyToAnotherThatRuns() throws Exception {
        try (Server server = Server.start(Transport.HTTP1, request -> {
                    CountDownLatch told = new CountDownLatch(1);
                    answer(request, RipcordVertx.executeBlocking(request, ctx -> {
                        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
                        return Blocking.await(ctx, request.body().toCompletionStage());
                    }));
                    RipcordVertx.executeBlocking(request, ctx -> true).onComplete(done -> told.countDown());
                });
                Client client = Client.plain(server.port())) {
            client.send(POST);

            assertThat(client.receive()).isEqualTo("hello");
        }
    }

    @Test
    void anOperationMayWaitForABodyThatWasTakenBefore() throws Exception {
        try (Server server = Server.start(Transport.HTTP1, request -> {
                    Future<Buffer> body = request.body();
                    answer(
                            request,
                            RipcordVertx.executeBlocking(
                                    request, ctx -> Blocking.await(ctx, body.toCompletionStage())));
                });
                Client client = Client.plain(server.port())) {
            client.send(POST);

            assertThat(client.receive()).isEqualTo("hello");
        }
    }

    private static void answer(HttpServerRequest request, Future<Buffer> body) {
        body.onSuccess(bytes -> request.response().end(bytes))
                .onFailure(failure -> request.response().setStatusCode(500).end());
    }

    @Test
    void aRequestThatIsAboutToGoOnIsPausedForTheNextOperationWhenItHas() throws Exception {
        CompletableFuture<Overtaken> began = new CompletableFuture<>();
        Vertx vertx = Vertx.vertx();
        try {
            var server = vertx.createHttpServer()
                    .requestHandler(request -> began.complete(new Overtaken((HttpServerRequestInternal) request)));
            server.listen(0, "localhost")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            try (Client client = Client.plain(server.actualPort())) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
                Overtaken request = began.get(20, TimeUnit.SECONDS);

                request.watch.executeBlocking(ctx -> true).get(20, TimeUnit.SECONDS);
                CompletableFuture<Void> next = request.next.get(20, TimeUnit.SECONDS);

                assertThat(request.told).containsExactly("pause", "resume", "pause");
                request.release.complete(null);
                next.get(20, TimeUnit.SECONDS);
                assertThat(request.told).containsExactly("pause", "resume", "pause", "resume");
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    /// Another operation begins when the first has returned, and Vert.x is about to be told that the request goes on.
    private static final class Overtaken extends HttpServerRequestWrapper {

        final Watch watch = new Watch(ServerLifetime.under(Context.background()).open("POST", "/"), this);
        final List<String> told = new CopyOnWriteArrayList<>();
        final CompletableFuture<CompletableFuture<Void>> next = new CompletableFuture<>();
        final CompletableFuture<Void> release = new CompletableFuture<>();

        Overtaken(HttpServerRequestInternal request) {
            super(request);
        }

        @Override
        public HttpServerRequest pause() {
            super.pause();
            told.add("pause");
            return this;
        }

        @Override
        public HttpServerRequest resume() {
            if (!next.isDone() && !release.isDone()) {
                Thread beginner = Thread.ofPlatform()
                        .start(() -> next.complete(watch.executeBlocking(ctx -> release.get(20, TimeUnit.SECONDS))));
                RealTime.await("begun, or kept waiting", () -> switch (beginner.getState()) {
                    case BLOCKED, WAITING, TERMINATED -> true;
                    default -> false;
                });
            }
            super.resume();
            told.add("resume");
            return this;
        }
    }
}
