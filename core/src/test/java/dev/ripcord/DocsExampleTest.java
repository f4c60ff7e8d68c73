package dev.ripcord;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The code in README.md and docs/, in the order of the pages; what is not here is in [TourExampleTest].
class DocsExampleTest {

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(10, SECONDS)).as("within 10 s").isTrue();
    }

    @Nested
    class Readme {

        private final Query query = new Query();

        // @start region="readme"
        static final Key<String> USER = Key.of("user", String.class);

        void lookUp() throws InterruptedException {
            Context request = Context.background().withValue(USER, "ada");
            try (var call = request.withTimeout(Duration.ofMillis(50), "product lookup")) {
                call.afterFunc(() -> query.cancel("of " + call.value(USER)));
                query.run();
                call.throwIfDone();
            }
        }
        // @end

        @Test
        void theDeadlineStopsTheQueryAndTheExceptionNamesIt() {
            assertThatThrownBy(this::lookUp)
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: product lookup 50ms, ")
                    .hasMessageContaining(" over at background.withValue(user).withTimeout(product lookup 50ms, ");
            assertThat(query.cancelled).isEqualTo("of ada");
        }

        /// A query that runs until it is cancelled.
        private static final class Query {

            private final CountDownLatch end = new CountDownLatch(1);
            private volatile String cancelled = "";

            void run() throws InterruptedException {
                await(end);
            }

            void cancel(String whose) {
                cancelled = whose;
                end.countDown();
            }
        }
    }

    @Nested
    class Tour {

        @Test
        void aDeadlineIsTheEarliestOfAllAbove() {
            // @start region="inherit"
            try (var request = Context.background().withTimeout(Duration.ofSeconds(2), "request");
                    var call = request.withTimeout(Duration.ofSeconds(5), "product lookup")) {
                assertThat(call.deadline()).isEqualTo(request.deadline());
            }
            // @end
        }

        @Test
        void whoeverHoldsTheScopeCanEndItAndSayWhy() {
            // @start region="cancel"
            try (var request = Context.background().withCancel()) {
                Context call = request.withValue(Readme.USER, "ada");

                request.cancel(new IOException("client is gone"));

                assertThat(call.done().isDone()).isTrue();
                assertThat(call.err()).get().isInstanceOf(CancelledException.class);
                assertThat(call.cause()).get().isInstanceOf(IOException.class);
                assertThat(call.value(Readme.USER)).isEqualTo("ada");
            }
            // @end
        }

        @Test
        void anEndNamesTheDeadlineThatFired() throws InterruptedException {
            // @start region="which"
            try (var request = Context.background().withTimeout(Duration.ofMillis(50), "request");
                    var call = request.withTimeout(Duration.ofSeconds(5), "product lookup")) {
                call.done().await();

                var end = (DeadlineExceededException) call.err().orElseThrow();
                assertThat(end.name()).hasValue("request");
                assertThat(end.budget()).hasValue(Duration.ofMillis(50));
            }
            // @end
        }

        @Test
        void aLoopAsksAtEachStep() {
            var request = Context.background().withCancel();
            List<String> rows = List.of("a", "b", "c");

            int count = sum(request, rows);
            request.cancel();

            assertThat(count).isEqualTo(3);
            assertThatThrownBy(() -> sum(request, rows)).isInstanceOf(CancelledException.class);
        }

        // @start region="loop"
        int sum(Context ctx, List<String> rows) {
            int sum = 0;
            for (String row : rows) {
                ctx.throwIfDone();
                sum += row.length();
            }
            return sum;
        }
        // @end

        // @start region="afterFunc"
        String readLine(Context ctx, Socket socket) throws IOException {
            Registration closing = ctx.afterFunc(() -> close(socket));
            try {
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
                return in.readLine();
            } catch (IOException e) {
                ctx.throwIfDone(); // closed by us: say why
                throw e;
            } finally {
                closing.stop();
            }
        }
        // @end

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Test
        void aCallbackStopsWhatBlocks() throws IOException {
            try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    var socket = new Socket(server.getInetAddress(), server.getLocalPort());
                    var ctx = Context.background().withTimeout(Duration.ofMillis(50), "greeting")) {
                assertThatThrownBy(() -> readLine(ctx, socket))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: greeting 50ms, ");
            }
        }

        @Test
        void detachedWorkKeepsTheValuesAndOutlivesTheRequest() {
            // @start region="detach"
            Context audit;
            try (var request =
                    Context.background().withValue(Readme.USER, "ada").withCancel()) {
                audit = request.withoutCancel();
            }

            assertThat(audit.done().isNever()).isTrue();
            assertThat(audit.value(Readme.USER)).isEqualTo("ada");
            // @end
        }

        @Test
        void theFirstOfSeveralToEndEndsTheJoinedContext() {
            // @start region="anyOf"
            var request = Context.background().withValue(Readme.USER, "ada").withCancel();
            var server = Context.background().withCancel();
            Context either = Context.anyOf(request, server);

            server.cancel(new IllegalStateException("server stopping"));

            assertThat(either.cause()).get().asString().contains("server stopping");
            assertThat(either.value(Readme.USER)).isEqualTo("ada");
            assertThat(request.err()).isEmpty();
            // @end
        }

        @Test
        void codeWithoutAParameterFindsTheCurrentContext() throws Exception {
            // @start region="current"
            try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
                    ExecutorService carrying = Context.currentContextExecutor(pool)) {
                Context request = Context.background().withValue(Readme.USER, "ada");

                request.run(() -> {
                    assertThat(Context.current().value(Readme.USER)).isEqualTo("ada");
                });
                String user = request.call(
                                () -> carrying.submit(() -> Context.current().value(Readme.USER)))
                        .get();

                assertThat(user).isEqualTo("ada");
                assertThat(Context.current()).isSameAs(Context.background());
            }
            // @end
        }
    }

    @Nested
    class Concepts {

        @Test
        void aSwallowedEndIsReportedAgain() {
            // @start region="level"
            var request = Context.background().withCancel();
            request.cancel();

            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(request::throwIfDone).isInstanceOf(CancelledException.class);
            }
            // @end
        }

        @Test
        void theFirstEndWins() {
            // @start region="first"
            var call = Context.background().withTimeout(Duration.ZERO, "nothing left");

            boolean ended = call.cancel(new IOException("client is gone"));

            assertThat(ended).isFalse();
            assertThat(call.err()).get().isInstanceOf(DeadlineExceededException.class);
            // @end
        }

        @Test
        void aPathShowsNamesAndKeysAndNoValues() {
            // @start region="path"
            try (var request = Context.background().withTimeout(Duration.ofHours(2), "request")) {
                Context call = request.withValue(Readme.USER, "ada");

                assertThat(call)
                        .asString()
                        .startsWith("background.withTimeout(request 2h, ")
                        .endsWith(".withValue(user)");
            }
            // @end
        }

        @Test
        void aStageComposesWithAsynchronousCode() {
            // @start region="stage"
            var request = Context.background().withCancel();
            CompletableFuture<String> answer = new CompletableFuture<>();
            CompletionStage<Boolean> gone = request.done().toCompletionStage().thenApply(answer::completeExceptionally);

            request.cancel();

            assertThat(gone).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
            assertThat(answer).isCompletedExceptionally();
            // @end
        }
    }

    @Nested
    class ValuesGuide {

        @Test
        void twoKeysOfOneNameAreTwoKeys() {
            // @start region="keys"
            Key<String> ours = Key.of("user", String.class);
            Key<String> theirs = Key.of("user", String.class);
            Context ctx = Context.background().withValue(ours, "ada");

            assertThat(ctx.value(ours)).isEqualTo("ada");
            assertThat(ctx.value(theirs)).isNull();
            // @end
        }
    }
}
