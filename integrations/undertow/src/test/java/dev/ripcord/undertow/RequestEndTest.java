package dev.ripcord.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ConnectionResetException;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the contract of all adapters does not ask: what is Undertow's own.
class RequestEndTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private final Exchanges exchanges = new Exchanges();

    @Test
    void theContextIsCurrentForABlockingHandler() throws Exception {
        CompletableFuture<Boolean> current = new CompletableFuture<>();
        try (Server server = Server.start(
                        exchange -> current.complete(Context.current() == RipcordHandler.contextOf(exchange)));
                Client client = Client.plain(server.port())) {
            client.send(GET);

            assertThat(current.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theContextIsTheSameBehindASecondHandlerOfOurs() throws Exception {
        CompletableFuture<Context> inner = new CompletableFuture<>();
        RipcordHandler second = new RipcordHandler(exchange -> inner.complete(RipcordHandler.contextOf(exchange)));
        try (Server server = Server.start(new RipcordHandler(second), Transport.HTTP1);
                Client client = Client.plain(server.port())) {
            client.send(GET);

            Context ctx = inner.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
            Await.until(
                    "no running requests",
                    () -> server.running() == 0 && second.server().running() == 0);
        } finally {
            second.shutdown(Duration.ZERO);
        }
    }

    @Test
    void anExchangeThatPassedNoHandlerOfOursSaysWhatToDo() throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Undertow bare = Undertow.builder()
                .addHttpListener(0, "localhost")
                .setHandler(exchange -> {
                    try {
                        RipcordHandler.contextOf(exchange);
                    } catch (IllegalStateException e) {
                        failure.complete(e);
                    }
                })
                .build();
        bare.start();
        int port = ((InetSocketAddress) bare.getListenerInfo().get(0).getAddress()).getPort();
        try (Client client = Client.plain(port)) {
            client.send(GET);

            assertThat(failure.get(20, TimeUnit.SECONDS))
                    .hasMessage(
                            "exchange has no context; make dev.ripcord.undertow.RipcordHandler the outermost handler"
                                    + " of the server: Undertow.builder().setHandler(ripcord)");
        } finally {
            bare.stop();
        }
    }

    /// It would be kept by Undertow's timer, of a minute, for the next request. Over TLS a failing read closes it.
    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "TLS"})
    void aConnectionThatIsClosedWhileItIsWatchedIsNotKept(Transport transport) throws Exception {
        int requests = 20;
        BlockingQueue<WeakReference<Context>> contexts = new ArrayBlockingQueue<>(requests);
        try (Server server = Server.start(
                RipcordHandler.blocking(exchange -> {
                    Context ctx = RipcordHandler.contextOf(exchange);
                    contexts.add(new WeakReference<>(ctx));
                    ctx.done().await(Duration.ofSeconds(20));
                    exchange.getOutputStream().write('a');
                }),
                transport)) {
            for (int i = 1; i <= requests; i++) {
                int sent = i;
                Client client = transport == Transport.TLS ? Client.tls(server.port()) : Client.plain(server.port());
                client.send(GET);
                Await.until("handler called", () -> contexts.size() == sent && server.running() == 1);
                Await.pass(Duration.ofMillis(40)); // until it is watched
                client.reset();
                Await.until("no running requests", () -> server.running() == 0);
            }
            Await.until("contexts collected but of the last requests", () -> {
                System.gc();
                return contexts.stream()
                                .filter(context -> !context.refersTo(null))
                                .count()
                        <= 4;
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWatchThatBeginsAtOnceSeesTheClientLeaveWithinTheFirstMilliseconds(Mode mode) throws Exception {
        RipcordHandler eager = new RipcordHandler(Context.background(), mode.handler(exchanges), Duration.ZERO);
        try (Server server = Server.start(eager, Transport.HTTP1)) {
            Exchange exchange = exchanges.expect();
            Client client = Client.plain(server.port());
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            client.close();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
        }
    }

    @Test
    void theContextEndsWhenTheAnswerCannotBeWritten() throws Exception {
        CompletableFuture<Throwable> cause = new CompletableFuture<>();
        try (Server server = Server.start(exchange -> {
            Context ctx = RipcordHandler.contextOf(exchange);
            try {
                for (int i = 0; i < 10_000; i++) {
                    exchange.getOutputStream().write(new byte[10_000]);
                }
            } catch (IOException e) {
                cause.complete(ctx.cause().orElse(null));
                throw e;
            }
        })) {
            Client client = Client.plain(server.port());
            // nobody reads the body, so that nothing but the writing can tell
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            assertThat(cause.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ResponseWriteFailedException.class);
        }
    }

    /// Of TLS' goodbye, which was read here, Undertow would hear nothing by itself.
    @Test
    void aConnectionOverTlsThatWasHalfClosedIsClosedAfterTheAnswer() throws Exception {
        try (Server server = Server.start(Mode.WORKER_THREADS, Transport.TLS, exchanges);
                Client client = Client.tls(server.port())) {
            Exchange exchange = exchanges.expect();
            exchange.answerWhenGone();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            client.closeHalf();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertThat(client.receiveByte()).isNegative();
        }
    }

    /// Undertow calls no handler any more whose connection has closed, which a reset does to one over TLS.
    @Test
    void aRequestThatIsResetBeforeItsHandlerIsCalledEnds() throws Exception {
        BlockingQueue<Runnable> dispatched = new ArrayBlockingQueue<>(1);
        BlockingQueue<Context> contexts = new ArrayBlockingQueue<>(1);
        HttpHandler late = exchange -> {
            contexts.add(RipcordHandler.contextOf(exchange));
            exchange.dispatch(dispatched::add, RipcordHandler.inContext(HttpServerExchange::endExchange));
        };
        try (Server server = Server.start(new RipcordHandler(late), Transport.TLS)) {
            Client client = Client.tls(server.port());
            client.send(GET);
            Context ctx = contexts.poll(20, TimeUnit.SECONDS);
            Runnable handler = dispatched.poll(20, TimeUnit.SECONDS);

            client.reset();

            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ConnectionResetException.class);
            handler.run();
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    /// Its handler's thread ends it, whatever that has dispatched: Undertow calls it no more.
    @Test
    void aRequestThatIsResetWhileItsHandlerIsCalledEndsWithThat() throws Exception {
        CompletableFuture<Context> context = new CompletableFuture<>();
        CountDownLatch leave = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            context.complete(RipcordHandler.contextOf(exchange));
            assertThat(leave.await(20, TimeUnit.SECONDS)).isTrue();
            exchange.dispatch(HttpServerExchange::endExchange);
        };
        try (Server server = Server.start(RipcordHandler.blocking(handler), Transport.TLS)) {
            Client client = Client.tls(server.port());
            client.send(GET);
            Context ctx = context.get(20, TimeUnit.SECONDS);

            client.reset();

            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ConnectionResetException.class);
            assertThat(server.running()).isEqualTo(1);
            leave.countDown();
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void aStreamThatIsResetWhileItsBodyIsReadEndsItsContext() throws Exception {
        try (Server server = Server.start(Mode.WORKER_THREADS, Transport.HTTP2, exchanges);
                Http2Client client = new Http2Client(server.port())) {
            Exchange exchange = exchanges.expect();
            client.post(1, "/?id=" + exchange.id + "&read");
            client.data(1, "he", false);
            exchange.awaitContext();

            client.resetStream(1);

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(StreamResetException.class);
        }
    }

    @Test
    void anAnswerOfAnotherLengthThanAnnouncedIsNotTheClientsDoing() throws Exception {
        CompletableFuture<Context> context = new CompletableFuture<>();
        try (Server server = Server.start(exchange -> {
                    context.complete(RipcordHandler.contextOf(exchange));
                    exchange.setResponseContentLength(10);
                    exchange.getOutputStream().write(new byte[5]);
                    exchange.getOutputStream().close();
                });
                Client client = Client.plain(server.port())) {
            client.send(GET);

            Context ctx = context.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
        }
    }

    @Test
    void requestsThatArePipelinedLaterAreAnsweredInTheirOrder() throws Exception {
        try (Server server = Server.start(
                        new RipcordHandler(Context.background(), Mode.WORKER_THREADS.handler(exchanges), Duration.ZERO),
                        Transport.HTTP1);
                Client client = Client.plain(server.port())) {
            Exchange[] all = new Exchange[4];
            for (int i = 0; i < all.length; i++) {
                all[i] = exchanges.expect();
            }
            client.send(Client.get("/", all[0]) + Client.get("/", all[1]));
            all[0].awaitEntered();
            client.send(Client.get("/", all[2]) + Client.get("/", all[3]));
            for (Exchange exchange : all) {
                exchange.release();
            }

            for (Exchange exchange : all) {
                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            }
        }
    }

    @Test
    void aNegativeTimeToArmIsRefused() {
        assertThatThrownBy(() -> new RipcordHandler(
                        Context.background(), new BlockingHandler(exchange -> {}), Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("armAfter < 0: PT-0.001S");
    }
}
