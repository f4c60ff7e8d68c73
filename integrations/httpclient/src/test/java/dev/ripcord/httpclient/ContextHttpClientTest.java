package dev.ripcord.httpclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.Key;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContextHttpClientTest {

    static final HttpClient CLIENT = Protocol.HTTP_1_1.client();

    final ContextHttpClient http = ContextHttpClient.of(CLIENT);
    WireServer server;

    @BeforeEach
    void start() throws IOException {
        server = WireServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @AfterAll
    static void closeClient() {
        CLIENT.shutdownNow();
    }

    @Nested
    class Arguments {

        final Context ctx = Context.background();
        final HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://localhost/")).build();
        final BodyHandler<String> handler = BodyHandlers.ofString();

        @Test
        @SuppressWarnings("NullAway")
        void aNullArgumentIsNamed() {
            assertThatThrownBy(() -> ContextHttpClient.of(null)).hasMessage("client");
            assertThatThrownBy(() -> http.send(null, request, handler)).hasMessage("ctx");
            assertThatThrownBy(() -> http.send(ctx, null, handler)).hasMessage("request");
            assertThatThrownBy(() -> http.send(ctx, request, null)).hasMessage("handler");
            assertThatThrownBy(() -> http.send(null, handler)).hasMessage("request");
            assertThatThrownBy(() -> http.send(request, null)).hasMessage("handler");
            assertThatThrownBy(() -> http.sendAsync(null, request, handler)).hasMessage("ctx");
            assertThatThrownBy(() -> http.sendAsync(ctx, null, handler)).hasMessage("request");
            assertThatThrownBy(() -> http.sendAsync(ctx, request, null)).hasMessage("handler");
            assertThatThrownBy(() -> http.sendAsync(null, handler)).hasMessage("request");
            assertThatThrownBy(() -> http.sendAsync(request, null)).hasMessage("handler");
        }
    }

    @Nested
    class Responses {

        @Test
        void aLiveContextChangesNothingInTheResponse() throws Exception {
            try (var ctx = Context.background().withTimeout(Duration.ofMinutes(1))) {
                assertThat(http.send(ctx, server.get(), BodyHandlers.ofString()).body())
                        .isEqualTo(WireServer.WHOLE_BODY);
                assertThat(http.send(ctx, server.get(), BodyHandlers.ofByteArray())
                                .body())
                        .asString(UTF_8)
                        .isEqualTo(WireServer.WHOLE_BODY);
                try (InputStream body = http.send(ctx, server.get(), BodyHandlers.ofInputStream())
                        .body()) {
                    assertThat(body.skip(6)).isEqualTo(6);
                    assertThat(body.read()).isEqualTo('s');
                    assertThat(body).hasContent("econd\n");
                }
                try (Stream<String> lines =
                        http.send(ctx, server.get(), BodyHandlers.ofLines()).body()) {
                    assertThat(lines).containsExactly("first", "second");
                }
                assertThat(http.send(ctx, server.get(), BodyHandlers.discarding())
                                .body())
                        .isNull();
                assertThat(http.sendAsync(ctx, server.get(), BodyHandlers.ofString())
                                .get(10, TimeUnit.SECONDS)
                                .body())
                        .isEqualTo(WireServer.WHOLE_BODY);
            }
        }

        @Test
        void aStreamOfTheHandlersOwnKeepsItsOrderItsModeAndItsCloseActions() throws Exception {
            AtomicBoolean closed = new AtomicBoolean();
            BodyHandler<Stream<String>> handler = info -> BodySubscribers.mapping(
                    BodySubscribers.ofString(UTF_8),
                    text -> new TreeSet<>(text.lines().toList())
                            .descendingSet().parallelStream().onClose(() -> closed.set(true)));

            try (var ctx = Context.background().withCancel();
                    Stream<String> words = http.send(ctx, server.get(), handler).body()) {
                assertThat(words.isParallel()).isTrue();
                assertThat(words.sorted(Comparator.reverseOrder()).toList()).containsExactly("second", "first");
            }
            assertThat(closed).isTrue();
        }

        @Test
        void theClientIsNamed() {
            assertThat(http).hasToString("ContextHttpClient[" + CLIENT + "]");
        }
    }

    @Nested
    class ContextsThatNeverEnd {

        @Test
        void theCallGoesStraightToTheClient() throws Exception {
            Context ctx = Context.background().withValue(Key.of("user", String.class), "u1");

            try (InputStream body = http.send(ctx, server.get(), BodyHandlers.ofInputStream())
                            .body();
                    InputStream later = http.sendAsync(ctx, server.get(), BodyHandlers.ofInputStream())
                            .get(10, TimeUnit.SECONDS)
                            .body()) {
                assertThat(body).isNotInstanceOf(BodyStream.class).hasContent(WireServer.WHOLE_BODY);
                assertThat(later).isNotInstanceOf(BodyStream.class).hasContent(WireServer.WHOLE_BODY);
            }
        }
    }

    @Nested
    class ContextsThatHaveEnded {

        @Test
        void nothingIsSent() {
            Context ctx = cancelled();

            assertThatThrownBy(() -> http.send(ctx, server.get(), BodyHandlers.ofString()))
                    .isInstanceOf(CancelledException.class);
            CompletableFuture<?> future = http.sendAsync(ctx, server.get(), BodyHandlers.ofString());
            assertThat(future).isCompletedExceptionally();
            assertThatThrownBy(future::get).hasCauseInstanceOf(CancelledException.class);

            assertThat(server.accepted()).isZero();
        }

        @Test
        void nothingIsSentUnderACurrentContextThatHasEnded() {
            Context ctx = cancelled();

            assertThatThrownBy(() -> ctx.call(() -> http.send(server.get(), BodyHandlers.ofString())))
                    .isInstanceOf(CancelledException.class);
            assertThatThrownBy(() -> ctx.call(() -> http.sendAsync(server.get(), BodyHandlers.ofString()))
                            .get())
                    .hasCauseInstanceOf(CancelledException.class);

            assertThat(server.accepted()).isZero();
        }

        private Context cancelled() {
            var ctx = Context.background().withCancel();
            ctx.cancel();
            return ctx;
        }
    }

    @Nested
    class Timeouts {

        @Test
        void theRequestsOwnTimeoutWinsIfItIsSooner() {
            server.answering(WireServer.Script.SILENT);
            HttpRequest request = HttpRequest.newBuilder(server.uri())
                    .timeout(Duration.ofMillis(200))
                    .build();

            try (var ctx = Context.background().withTimeout(Duration.ofMinutes(1))) {
                assertThatThrownBy(() -> http.send(ctx, request, BodyHandlers.ofString()))
                        .isInstanceOf(HttpTimeoutException.class);
            }
        }

        @Test
        void theContextsDeadlineWinsIfItIsSooner() {
            server.answering(WireServer.Script.SILENT);
            HttpRequest request = HttpRequest.newBuilder(server.uri())
                    .timeout(Duration.ofMinutes(1))
                    .build();

            try (var ctx = Context.background().withTimeout(Duration.ofMillis(200), "request")) {
                assertThatThrownBy(() -> http.send(ctx, request, BodyHandlers.ofString()))
                        .isInstanceOfSatisfying(
                                DeadlineExceededException.class,
                                e -> assertThat(e.name()).contains("request"));
            }
        }

        @Test
        void ofTwoDeadlinesTheSoonerOneIsToldWhicheverIsTheParents() {
            server.answering(WireServer.Script.SILENT);

            assertThat(fired(Duration.ofMillis(200), Duration.ofMinutes(1))).contains("outer");
            assertThat(fired(Duration.ofMinutes(1), Duration.ofMillis(200))).contains("inner");
        }

        private Optional<String> fired(Duration outer, Duration inner) {
            try (var parent = Context.background().withTimeout(outer, "outer");
                    var ctx = parent.withTimeout(inner, "inner")) {
                http.send(ctx, server.get(), BodyHandlers.ofString());
                throw new AssertionError("no deadline fired");
            } catch (DeadlineExceededException e) {
                return e.name();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    class Errors {

        @Test
        void aFailureUnderALiveContextIsTheClientsOwn() throws Exception {
            server.answering(WireServer.Script.BROKEN);

            try (var ctx = Context.background().withTimeout(Duration.ofMinutes(1))) {
                assertThatThrownBy(() -> http.send(ctx, server.get(), BodyHandlers.ofString()))
                        .isInstanceOf(IOException.class)
                        .hasNoSuppressedExceptions();
                assertThatThrownBy(() -> http.sendAsync(ctx, server.get(), BodyHandlers.ofString())
                                .get(10, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(IOException.class);
            }
        }

        @Test
        void aFailureOfTheHandlerUnderALiveContextIsItsOwn() {
            IllegalStateException failure = new IllegalStateException("no such type");

            try (var ctx = Context.background().withCancel()) {
                assertThatThrownBy(() -> http.send(ctx, server.get(), info -> {
                            throw failure;
                        }))
                        .isSameAs(failure);
            }
        }

        @Test
        void theClientsExceptionIsSuppressedInTheContexts() throws Exception {
            server.answering(WireServer.Script.SILENT);

            try (var ctx = Context.background().withCancel()) {
                Caller caller = Caller.Kind.VIRTUAL.calls(() -> http.send(ctx, server.get(), BodyHandlers.ofString()));
                server.next();
                ctx.cancel();

                assertThat(caller.failure()).isInstanceOf(CancelledException.class);
                assertThat(caller.failure().getSuppressed()).hasExactlyElementsOfTypes(CancellationException.class);
                assertThat(caller.failure().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(ContextHttpClient.class.getName()));
            }
        }

        @Test
        void afterTheEndEveryFurtherReadTellsIt() throws Exception {
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withCancel();
                    InputStream body = http.send(ctx, server.get(), BodyHandlers.ofInputStream())
                            .body()) {
                server.next();
                ctx.cancel();
                server.next();

                assertThatThrownBy(body::readAllBytes).isInstanceOf(CancelledException.class);
                assertThatThrownBy(body::read).isInstanceOf(CancelledException.class);
                assertThatThrownBy(() -> body.skip(1)).isInstanceOf(CancelledException.class);
            }
        }

        @Test
        void aReadAfterTheCallersCloseIsTheStreamsOwnFailure() throws Exception {
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withCancel()) {
                InputStream body = http.send(ctx, server.get(), BodyHandlers.ofInputStream())
                        .body();
                body.close();

                assertThatThrownBy(body::read).isInstanceOf(IOException.class);
            }
        }

        @Test
        void aFailureOfTheCodeThatConsumesLinesIsItsOwn() throws Exception {
            IllegalStateException failure = new IllegalStateException("not a number: first");
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withCancel();
                    Stream<String> lines =
                            http.send(ctx, server.get(), BodyHandlers.ofLines()).body()) {
                assertThatThrownBy(() -> lines.forEach(line -> {
                            ctx.cancel();
                            throw failure;
                        }))
                        .isSameAs(failure)
                        .hasNoSuppressedExceptions();
            }
        }

        @Test
        void aStreamOfTheHandlersOwnFailsWithTheContextsExceptionAsACause() throws Exception {
            server.answering(WireServer.Script.HALF);
            BodyHandler<BufferedInputStream> handler =
                    info -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), BufferedInputStream::new);

            try (var ctx = Context.background().withCancel();
                    BufferedInputStream body =
                            http.send(ctx, server.get(), handler).body()) {
                server.next();
                ctx.cancel();
                server.next();

                assertThatThrownBy(body::readAllBytes)
                        .isInstanceOf(IOException.class)
                        .hasCauseInstanceOf(CancelledException.class);
            }
        }
    }

    @Nested
    class Asynchronously {

        @Test
        void theFutureFailsWithTheContextsException() throws Exception {
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withTimeout(Duration.ofMillis(300), "lookup")) {
                CompletableFuture<?> future = http.sendAsync(ctx, server.get(), BodyHandlers.ofString());

                assertThatThrownBy(() -> future.get(10, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOfSatisfying(
                                DeadlineExceededException.class,
                                e -> assertThat(e.name()).contains("lookup"));
                server.next();
                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            }
        }

        @Test
        void cancelOfTheFutureClosesTheExchange() throws Exception {
            server.answering(WireServer.Script.SILENT);

            try (var ctx = Context.background().withCancel()) {
                CompletableFuture<?> future = http.sendAsync(ctx, server.get(), BodyHandlers.ofString());
                server.next();
                future.cancel(true);

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
                assertThat(future).isCancelled();
            }
        }

        @Test
        void cancelOfADependentStageClosesTheExchange() throws Exception {
            server.answering(WireServer.Script.SILENT);

            try (var ctx = Context.background().withCancel()) {
                CompletableFuture<String> body = http.sendAsync(ctx, server.get(), BodyHandlers.ofString())
                        .thenApply(HttpResponse::body);
                server.next();
                body.cancel(true);

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
                assertThat(body).isCancelled();
            }
        }

        @Test
        void cancelOfADependentStageClosesABodyThatIsBeingRead() throws Exception {
            server.answering(WireServer.Script.HALF);
            CountDownLatch reading = new CountDownLatch(1);

            try (var ctx = Context.background().withCancel()) {
                CompletableFuture<byte[]> bytes = http.sendAsync(ctx, server.get(), BodyHandlers.ofInputStream())
                        .thenApplyAsync(response -> {
                            reading.countDown();
                            return readAll(response.body());
                        });
                assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
                bytes.cancel(true);

                server.next();
                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            }
        }

        private static byte[] readAll(InputStream body) {
            try (body) {
                return body.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Test
        void anExchangeWhoseFutureWasCompletedOtherwiseStillEndsWithTheContext() throws Exception {
            server.answering(WireServer.Script.SILENT);

            try (var ctx = Context.background().withCancel()) {
                CompletableFuture<?> future = http.sendAsync(ctx, server.get(), BodyHandlers.ofString());
                server.next();
                future.cancel(false);
                assertThat(server.open()).isOne();
                ctx.cancel();

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            }
        }
    }

    @Nested
    class Interrupts {

        @ParameterizedTest
        @EnumSource
        void anInterruptWhileWaitingForTheResponseEndsTheExchange(Caller.Kind thread) throws Exception {
            server.answering(WireServer.Script.SILENT);

            try (var ctx = Context.background().withCancel()) {
                Caller caller = thread.calls(() -> http.send(ctx, server.get(), BodyHandlers.ofString()));
                server.next();
                caller.interrupt();

                assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
                assertThat(ctx.done().isDone()).isFalse();
            }
        }

        @ParameterizedTest
        @EnumSource
        void anInterruptWhileReadingTheBodyEndsTheExchange(Caller.Kind thread) throws Exception {
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withCancel()) {
                CountDownLatch reading = new CountDownLatch(1);
                Caller caller = thread.calls(() -> {
                    Stage.INPUT_STREAM.call(http, ctx, server.get(), reading::countDown);
                    return null;
                });
                assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
                caller.interrupt();

                assertThat(caller.failure())
                        .isInstanceOf(IOException.class)
                        .hasCauseInstanceOf(InterruptedException.class);
                server.next();
                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            }
        }

        @Test
        void theEndOfTheContextInterruptsNobody() throws Exception {
            server.answering(WireServer.Script.HALF);

            try (var ctx = Context.background().withCancel()) {
                CountDownLatch reading = new CountDownLatch(1);
                Caller caller = Caller.Kind.VIRTUAL.calls(() -> {
                    try {
                        Stage.INPUT_STREAM.call(http, ctx, server.get(), reading::countDown);
                    } catch (ContextException e) {
                        throw new IOException(
                                "interrupted: " + Thread.currentThread().isInterrupted(), e);
                    }
                    return null;
                });
                assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
                ctx.cancel();

                assertThat(caller.failure()).hasMessage("interrupted: false");
            }
        }
    }

    @Nested
    class BeforeTheHeaders {

        @ParameterizedTest
        @EnumSource
        void theTlsHandshakeEnds(Caller.Kind thread) throws Exception {
            server.answering(WireServer.Script.DEAF);
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://localhost:" + server.port()))
                    .build();

            endsOnTheWire(thread, request);
        }

        @ParameterizedTest
        @EnumSource
        void sendingABigBodyEnds(Caller.Kind thread) throws Exception {
            server.answering(WireServer.Script.DEAF);
            HttpRequest request = HttpRequest.newBuilder(server.uri())
                    .POST(BodyPublishers.ofInputStream(Endless::new))
                    .build();

            endsOnTheWire(thread, request);
        }

        private void endsOnTheWire(Caller.Kind thread, HttpRequest request) throws Exception {
            try (var ctx = Context.background().withCancel()) {
                Caller caller = thread.calls(() -> http.send(ctx, request, BodyHandlers.ofString()));
                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.REQUEST);
                ctx.cancel();

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
                assertThat(caller.failure()).isInstanceOf(CancelledException.class);
            }
        }

        /// A request body that does not end.
        private static final class Endless extends InputStream {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                return length;
            }
        }
    }

    @Nested
    class Registrations {

        final Listened foreign = new Listened();
        final Context ctx = Context.of(foreign);

        @Test
        void aBodyThatHasArrivedLeavesNone() throws Exception {
            http.send(ctx, server.get(), BodyHandlers.ofString());

            assertThat(foreign.listeners()).isZero();
        }

        @Test
        void aStreamedBodyHoldsOneUntilItIsReadToItsEnd() throws Exception {
            server.answering(WireServer.Script.HALF);

            try (InputStream body =
                    http.send(ctx, server.get(), BodyHandlers.ofInputStream()).body()) {
                assertThat(foreign.listeners()).isOne();
                server.finish();
                assertThat(body).hasContent(WireServer.WHOLE_BODY);
                assertThat(foreign.listeners()).isZero();
            }
        }

        @ParameterizedTest
        @EnumSource
        void aStreamedBodyHoldsOneUntilItIsClosed(Protocol protocol) throws Exception {
            try (WireServer server = protocol.server();
                    HttpClient client = protocol.client()) {
                ContextHttpClient http = ContextHttpClient.of(client);
                http.send(ctx, server.get(), BodyHandlers.discarding());
                server.next();
                server.answering(WireServer.Script.HALF);

                InputStream body = http.send(ctx, server.get(), BodyHandlers.ofInputStream())
                        .body();
                body.readNBytes(WireServer.HALF_BODY.length());
                assertThat(foreign.listeners()).isOne();
                body.close();

                assertThat(foreign.listeners()).isZero();
                server.next();
                assertThat(server.next().kind()).isEqualTo(protocol.end());
            }
        }

        @Test
        void linesHoldOneUntilTheyAreClosed() throws Exception {
            server.answering(WireServer.Script.HALF);

            Stream<String> lines =
                    http.send(ctx, server.get(), BodyHandlers.ofLines()).body();
            assertThat(foreign.listeners()).isOne();
            lines.close();

            server.next();
            assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            assertThat(foreign.listeners()).isZero();
        }

        @Test
        void aFailureLeavesNone() {
            server.answering(WireServer.Script.BROKEN);

            assertThatThrownBy(() -> http.send(ctx, server.get(), BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);

            assertThat(foreign.listeners()).isZero();
        }

        @Test
        void anInterruptLeavesNone() throws Exception {
            server.answering(WireServer.Script.SILENT);

            Caller caller = Caller.Kind.VIRTUAL.calls(() -> http.send(ctx, server.get(), BodyHandlers.ofString()));
            server.next();
            caller.interrupt();
            caller.failure();

            assertThat(foreign.listeners()).isZero();
        }

        @Test
        void aCancelledFutureLeavesNone() throws Exception {
            server.answering(WireServer.Script.SILENT);

            CompletableFuture<?> future = http.sendAsync(ctx, server.get(), BodyHandlers.ofString());
            server.next();
            assertThat(foreign.listeners()).isOne();
            future.cancel(true);
            server.next();

            assertThat(foreign.awaitLeft()).isTrue();
            assertThat(foreign.listeners()).isZero();
        }

        @Test
        void theEndOfTheContextAfterTheBodyDoesNothing() throws Exception {
            try (var ended = Context.background().withCancel();
                    InputStream body = http.send(ended, server.get(), BodyHandlers.ofInputStream())
                            .body()) {
                body.readNBytes(WireServer.WHOLE_BODY.length());
                assertThat(body.read()).isEqualTo(-1);
                ended.cancel();
                assertThat(body.read()).isEqualTo(-1);
            }
            http.send(ctx, server.get(), BodyHandlers.ofString());

            assertThat(server.accepted()).isOne();
            assertThat(server.open()).isOne();
        }
    }

    @Nested
    class Connections {

        @ParameterizedTest
        @EnumSource
        void theClientIsUsableAfterAnAbort(Protocol protocol) throws Exception {
            try (WireServer server = protocol.server();
                    HttpClient client = protocol.client();
                    var ctx = Context.background().withCancel()) {
                ContextHttpClient http = ContextHttpClient.of(client);
                http.send(ctx, server.get(), BodyHandlers.discarding());
                server.next();
                server.answering(WireServer.Script.HALF);
                try (var call = ctx.withCancel()) {
                    http.send(call, server.get(), BodyHandlers.ofInputStream());
                    server.next();
                }
                assertThat(server.next().kind()).isEqualTo(protocol.end());

                server.answering(WireServer.Script.WHOLE);
                HttpResponse<String> next = http.send(ctx, server.get(), BodyHandlers.ofString());

                assertThat(next.body()).isEqualTo(WireServer.WHOLE_BODY);
                assertThat(server.accepted()).isEqualTo(protocol == Protocol.HTTP_2 ? 1 : 2);
            }
        }
    }

    @Nested
    class Threads {

        @Test
        void theWireIsToldWhileEveryCarrierIsBusy() throws Exception {
            server.answering(WireServer.Script.HALF);
            AtomicBoolean busy = new AtomicBoolean(true);

            try (var ctx = Context.background().withCancel()) {
                http.send(ctx, server.get(), BodyHandlers.ofInputStream());
                server.next();
                keepCarriersBusy(busy);
                ctx.cancel();

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
            } finally {
                busy.set(false);
            }
        }

        private void keepCarriersBusy(AtomicBoolean busy) throws InterruptedException {
            int carriers = Runtime.getRuntime().availableProcessors();
            CountDownLatch started = new CountDownLatch(carriers);
            for (int i = 0; i < carriers; i++) {
                Thread.ofVirtual().start(() -> {
                    started.countDown();
                    while (busy.get()) {
                        Thread.onSpinWait();
                    }
                });
            }
            assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
        }

        @Test
        void theWireIsToldWhileASubscriberIsStuck() throws Exception {
            server.answering(WireServer.Script.HALF);
            Stuck subscriber = new Stuck();

            try (var ctx = Context.background().withCancel()) {
                Caller caller = Caller.Kind.PLATFORM.calls(
                        () -> http.send(ctx, server.get(), BodyHandlers.fromSubscriber(subscriber, it -> "done")));
                server.next();
                assertThat(subscriber.entered.await(10, TimeUnit.SECONDS)).isTrue();
                ctx.cancel();

                assertThat(server.next().kind()).isEqualTo(WireServer.Kind.FIN);
                assertThat(caller.failure()).isInstanceOf(CancelledException.class);
                assertThat(subscriber.failure).isNotDone();
                subscriber.release.countDown();
                assertThat(subscriber.failure.get(10, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
            }
        }

        /// A subscriber that does not come back from the first item before it is told to.
        private static final class Stuck implements Flow.Subscriber<List<ByteBuffer>> {

            final CountDownLatch entered = new CountDownLatch(1);
            final CountDownLatch release = new CountDownLatch(1);
            final CompletableFuture<Throwable> failure = new CompletableFuture<>();

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(List<ByteBuffer> item) {
                entered.countDown();
                try {
                    release.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void onError(Throwable cause) {
                failure.complete(cause);
            }

            @Override
            public void onComplete() {
                failure.cancel(false);
            }
        }
    }
}
