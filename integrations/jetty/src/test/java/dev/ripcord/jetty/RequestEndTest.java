package dev.ripcord.jetty;

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
import dev.ripcord.jetty.Server.Threads;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.servlet.ExchangeServlets;
import jakarta.servlet.ReadListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the contract of all adapters does not ask: what is Jetty's own.
class RequestEndTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private final Exchanges exchanges = new Exchanges();

    @Nested
    class TheContext {

        @Test
        void isCurrentInAHandlerAndInAServlet() throws Exception {
            CompletableFuture<Boolean> inHandler = new CompletableFuture<>();
            CompletableFuture<Boolean> inServlet = new CompletableFuture<>();
            Handler servlet = Server.servlet(new Servlet(
                    (request, response) -> inServlet.complete(Context.current() == ContextFilter.contextOf(request))));
            Handler.Wrapper handler = new Handler.Wrapper(servlet) {
                @Override
                public boolean handle(Request request, Response response, Callback callback) throws Exception {
                    inHandler.complete(Context.current() == RipcordHandler.contextOf(request));
                    return super.handle(request, response, callback);
                }
            };
            try (Server server = start(handler);
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                assertThat(inHandler.get(20, TimeUnit.SECONDS)).isTrue();
                assertThat(inServlet.get(20, TimeUnit.SECONDS)).isTrue();
            }
        }

        @Test
        void isMissedWithARemedyWhereTheHandlerIsNotInstalled() throws Exception {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            var bare = new org.eclipse.jetty.server.Server(0);
            bare.setHandler(handling((request, response) -> {
                try {
                    RipcordHandler.contextOf(request);
                } catch (IllegalStateException e) {
                    failure.complete(e);
                }
            }));
            bare.start();
            try (Client client = Client.plain(bare.getURI().getPort())) {
                client.send(GET);

                assertThat(failure.get(20, TimeUnit.SECONDS))
                        .hasMessage(
                                "request has no context; make dev.ripcord.jetty.RipcordHandler the outermost handler"
                                        + " of the server: server.setHandler(ripcord)");
            } finally {
                bare.stop();
            }
        }

        @Test
        void isTheSameBehindASecondHandlerOfOurs() throws Exception {
            CompletableFuture<Context> inner = new CompletableFuture<>();
            RipcordHandler second = new RipcordHandler();
            second.setHandler(handling((request, response) -> inner.complete(RipcordHandler.contextOf(request))));
            try (Server server = start(second);
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                assertThat(inner.get(20, TimeUnit.SECONDS).done().await(Duration.ofSeconds(20)))
                        .isTrue();
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void endsWithARequestThatNobodyHandlesToo() throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            Handler.Abstract nobody = new Handler.Abstract() {
                @Override
                public boolean handle(Request request, Response response, Callback callback) {
                    context.complete(RipcordHandler.contextOf(request));
                    return false;
                }
            };
            try (Server server = start(nobody);
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                Context ctx = context.get(20, TimeUnit.SECONDS);
                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
            }
        }
    }

    @Nested
    class AFailingWrite {

        @ParameterizedTest
        @EnumSource(names = {"HTTP1", "HTTP2"})
        void endsTheContextOfAHandler(Transport transport) throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            Handler writing = handling((request, response) -> {
                context.complete(RipcordHandler.contextOf(request));
                byte[] much = new byte[64 * 1024];
                while (true) {
                    Content.Sink.write(response, false, java.nio.ByteBuffer.wrap(much));
                }
            });
            RipcordHandler unwatching = new RipcordHandler();
            unwatching.setArmAfter(Duration.ofHours(1));
            try (Server server = Server.start(Threads.VIRTUAL, unwatching, transport, writing)) {
                Context ctx;
                if (transport == Transport.HTTP2) {
                    try (Http2Client client = new Http2Client(server.port())) {
                        client.get(1, "/");
                        ctx = context.get(20, TimeUnit.SECONDS);
                    }
                } else {
                    try (Client client = Client.plain(server.port())) {
                        client.send(GET);
                        ctx = context.get(20, TimeUnit.SECONDS);
                    }
                }

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause().orElseThrow())
                        .isInstanceOfAny(
                                ResponseWriteFailedException.class,
                                // HTTP/2, when the connection ended between two writes
                                ClientDisconnectedException.class,
                                StreamResetException.class);
                if (transport == Transport.HTTP1) {
                    assertThat(ctx.cause()).containsInstanceOf(ResponseWriteFailedException.class);
                }
            }
        }
    }

    @Nested
    class AnIdleTimeout {

        private static final Duration LONG = Duration.ofMillis(900);

        @ParameterizedTest
        @EnumSource
        void isNoEndAndTheAnswerArrives(Mode mode) throws Exception {
            try (Server server =
                    Server.of(mode.threads, new RipcordHandler(), Transport.HTTP1, mode.handler(exchanges))) {
                server.connector().setIdleTimeout(200);
                server.start();
                try (Client client = Client.plain(server.port())) {
                    Exchange exchange = exchanges.expect();
                    client.send(Client.get("/", exchange));

                    assertThat(exchange.awaitContext().done().await(LONG)).isFalse();
                    exchange.release();

                    assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                }
            }
        }

        @Test
        void ofAStreamIsNoEndAndTheAnswerArrives() throws Exception {
            try (Server server =
                    Server.of(Threads.VIRTUAL, new RipcordHandler(), Transport.HTTP2, CoreHandler.sync(exchanges))) {
                server.connector().setIdleTimeout(200);
                server.start();
                try (Http2Client client = new Http2Client(server.port())) {
                    Exchange exchange = exchanges.expect();
                    client.get(1, "/?id=" + exchange.id);

                    assertThat(exchange.awaitContext().done().await(LONG)).isFalse();
                    exchange.release();

                    assertThat(client.receive(1)).isEqualTo("answer " + exchange.id);
                }
            }
        }

        @Test
        void ofABodyThatDoesNotComeFailsTheReadAndIsNoEndEither() throws Exception {
            CompletableFuture<Context> failed = new CompletableFuture<>();
            CompletableFuture<Void> answer = new CompletableFuture<>();
            Handler reading = handling((request, response) -> {
                try {
                    CoreHandler.readAll(request);
                } catch (IOException e) {
                    failed.complete(RipcordHandler.contextOf(request));
                    answer.join();
                }
            });
            try (Server server = Server.of(Threads.VIRTUAL, new RipcordHandler(), Transport.HTTP1, reading)) {
                server.connector().setIdleTimeout(200);
                server.start();
                try (Client client = Client.plain(server.port())) {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");

                    Context ctx = failed.get(20, TimeUnit.SECONDS);
                    assertThat(ctx.done().isDone()).isFalse();
                    answer.complete(null);
                }
            }
        }
    }

    @Nested
    class BytesThatWereReadAhead {

        @Test
        void areGivenBackToAHandlerThatReadsLate() throws Exception {
            CompletableFuture<Void> read = new CompletableFuture<>();
            Handler late = handling((request, response) -> {
                read.join();
                CoreHandler.write(response, CoreHandler.readAll(request));
            });
            String body = "0123456789abcdef".repeat(2000);
            try (Server server = start(late);
                    Client client = Client.plain(server.port())) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n");
                for (int i = 0; i < body.length(); i += 1600) { // each read ahead, until it is too much
                    client.send(body.substring(i, i + 1600));
                    pass(10);
                }
                read.complete(null);

                assertThat(client.receive()).isEqualTo(body);
            }
        }

        @Test
        void findRoomBehindPipelinedRequestsThatFillTheBuffer() throws Exception {
            int requests = 400; // of 46 bytes: more than two buffers of 8 KiB
            Exchange[] all = new Exchange[requests];
            StringBuilder packet = new StringBuilder();
            for (int i = 0; i < requests; i++) {
                all[i] = exchanges.expect();
                packet.append(Client.get("/", all[i]));
            }
            try (Server server = start(CoreHandler.sync(exchanges));
                    Client client = Client.plain(server.port())) {
                client.send(packet.toString());
                all[0].awaitEntered();
                pass(60); // the first is watched, with a buffer full of others
                for (Exchange exchange : all) {
                    exchange.release();
                }

                for (Exchange exchange : all) {
                    assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                }
            }
        }

        @Test
        void doNotOverwriteABodyThatTheHandlerStillHolds() throws Exception {
            CompletableFuture<Void> holding = new CompletableFuture<>();
            CompletableFuture<Void> pipelined = new CompletableFuture<>();
            Handler retaining = handling((request, response) -> {
                Content.Chunk chunk = request.read();
                holding.complete(null);
                pipelined.join();
                byte[] body = chunk == null ? new byte[0] : new byte[chunk.remaining()];
                if (chunk != null) {
                    chunk.getByteBuffer().get(body);
                    chunk.release();
                }
                CoreHandler.write(response, body);
            });
            String post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
            try (Server server = start(retaining);
                    Client client = Client.plain(server.port())) {
                client.send(post + "hello");
                holding.get(20, TimeUnit.SECONDS);
                pass(60); // it is watched
                client.send(post + "world");
                pass(20); // and that was read
                pipelined.complete(null);

                assertThat(client.receive()).isEqualTo("hello");
                assertThat(client.receive()).isEqualTo("world");
            }
        }
    }

    @Nested
    class AHalfClosedConnection {

        @ParameterizedTest
        @EnumSource(names = {"HTTP1", "TLS"})
        void isClosedByTheServerAfterTheAnswer(Transport transport) throws Exception {
            try (Server server = Server.start(
                            Threads.VIRTUAL, new RipcordHandler(), transport, CoreHandler.sync(exchanges));
                    Client client =
                            transport == Transport.TLS ? Client.tls(server.port()) : Client.plain(server.port())) {
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
    }

    @Nested
    class AReadListener {

        @Test
        void isWatchedOnceItHasReadAll() throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            CompletableFuture<Void> readAll = new CompletableFuture<>();
            try (Server server = start(Server.servlet(listening(context, readAll)));
                    Client client = Client.plain(server.port())) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
                Context ctx = context.get(20, TimeUnit.SECONDS);
                assertThat(ctx.done().await(Duration.ofMillis(60))).isFalse();
                client.send("world");
                readAll.get(20, TimeUnit.SECONDS);

                client.close();

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
            }
        }

        @Test
        void seesTheClientLeaveWithinTheBody() throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            try (Server server = start(Server.servlet(listening(context, new CompletableFuture<>())));
                    Client client = Client.plain(server.port())) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
                Context ctx = context.get(20, TimeUnit.SECONDS);

                client.close();

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
            }
        }

        private static HttpServlet listening(CompletableFuture<Context> context, CompletableFuture<Void> readAll) {
            return new Servlet((request, response) -> {
                var async = request.startAsync(request, response);
                async.setTimeout(0);
                var input = request.getInputStream();
                context.complete(ContextFilter.contextOf(request));
                input.setReadListener(new ReadListener() {
                    @Override
                    public void onDataAvailable() throws IOException {
                        while (input.isReady() && !input.isFinished()) {
                            input.read();
                        }
                    }

                    @Override
                    public void onAllDataRead() {
                        readAll.complete(null);
                        ContextFilter.contextOf(request).afterFunc(async::complete);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        async.complete();
                    }
                });
            });
        }
    }

    @Test
    void anHttp2StreamOverTlsThatIsResetEndsItsContext() throws Exception {
        try (Server server = Server.start(
                        Threads.VIRTUAL,
                        new RipcordHandler(),
                        Transport.TLS,
                        Server.servlet(ExchangeServlets.sync(exchanges)));
                HttpClient client =
                        HttpClient.newBuilder().sslContext(Client.trusting()).build()) {
            Exchange exchange = exchanges.expect();
            URI uri = URI.create("https://localhost:" + server.port() + "/?id=" + exchange.id);
            var answer = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            exchange.awaitEntered();

            answer.cancel(true);

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(StreamResetException.class);
            client.shutdownNow();
        }
    }

    @Test
    void aResetIsNoEndOfTheStreamUnlessTlsHidesIt() throws Exception {
        try (Server server = start(CoreHandler.sync(exchanges))) {
            Exchange exchange = exchanges.expect();
            Client client = Client.plain(server.port());
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            client.reset();

            assertThat(exchange.awaitCause())
                    .isExactlyInstanceOf(ConnectionResetException.class)
                    .hasMessageContaining("GET /");
        }
    }

    @Test
    void aWatchThatBeginsAtOnceSeesTheClientLeaveWithinTheFirstMilliseconds() throws Exception {
        RipcordHandler ripcord = new RipcordHandler();
        ripcord.setArmAfter(Duration.ZERO);
        try (Server server = Server.start(Threads.VIRTUAL, ripcord, Transport.HTTP1, CoreHandler.sync(exchanges))) {
            Exchange exchange = exchanges.expect();
            Client client = Client.plain(server.port());
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            client.close();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
        }
    }

    @Test
    void aNegativeTimeToArmIsRefused() {
        assertThatThrownBy(() -> new RipcordHandler().setArmAfter(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("armAfter < 0: PT-0.001S");
    }

    private Server start(Handler handler) throws Exception {
        return Server.start(Threads.VIRTUAL, new RipcordHandler(), Transport.HTTP1, handler);
    }

    private static void pass(int millis) {
        Await.pass(Duration.ofMillis(millis));
    }

    private interface Handling {

        void handle(Request request, Response response) throws IOException;
    }

    private static Handler handling(Handling handling) {
        return new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws IOException {
                handling.handle(request, response);
                callback.succeeded();
                return true;
            }
        };
    }

    private interface Service {

        void serve(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private static final class Servlet extends HttpServlet {

        private final Service service;

        Servlet(Service service) {
            this.service = service;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            service.serve(request, response);
        }
    }
}
