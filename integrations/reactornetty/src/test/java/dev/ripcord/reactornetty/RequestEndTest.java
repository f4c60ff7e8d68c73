package dev.ripcord.reactornetty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.http.Transport;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// What the contracts of all adapters do not ask: what is Reactor Netty's own.
class RequestEndTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aResponseThatCannotBeWrittenEndsTheContext() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        byte[] much = new byte[10_000];
        try (Server server = Server.start(
                Transport.HTTP1,
                (request, response) -> RipcordReactorNetty.blocking(ctx -> {
                            began.complete(ctx);
                            return "";
                        })
                        .thenMany(response.sendByteArray(Flux.<byte[]>generate(sink -> sink.next(much)))))) {
            Client client = Client.plain(server.port());
            // nobody reads the body, so that nothing but the writing can tell
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + "b".repeat(300_000));
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ResponseWriteFailedException.class);
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void aClientThatLeavesWhileTheResponseIsStreamedIsGone() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        try (Server server = Server.start(
                        Transport.HTTP1,
                        (request, response) -> RipcordReactorNetty.blocking(ctx -> {
                                    began.complete(ctx);
                                    return "";
                                })
                                .thenMany(response.sendString(Flux.just("a").concatWith(Flux.never()), UTF_8)));
                Client client = Client.plain(server.port())) {
            client.send(GET);
            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(client.receiveByte()).isEqualTo('H');
            client.closeHalf(); // else it would be reset, for there is more to read

            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void aConnectionThatClosesAfterTheAnswerIsNoLeaving() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        try (Server server = Server.start(
                        Transport.HTTP1,
                        (request, response) -> response.sendString(RipcordReactorNetty.blocking(ctx -> {
                            began.complete(ctx);
                            return "answer";
                        })));
                Client client = Client.plain(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

            assertThat(client.receive()).isEqualTo("answer");
            assertThat(client.receiveByte()).isEqualTo(-1);
            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
        }
    }

    @Nested
    class AnOperationThatBlocks {

        @Test
        void isNotInterruptedWhenTheClientLeaves() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            try (Server server = Server.start(
                    Transport.HTTP1,
                    (request, response) -> RipcordReactorNetty.blocking(ctx -> {
                                began.complete(ctx);
                                ctx.done().await(Duration.ofSeconds(20));
                                Await.pass(Duration.ofMillis(50)); // an interrupt would come about now
                                interrupted.complete(Thread.currentThread().isInterrupted());
                                return "late";
                            })
                            .then())) {
                leave(server, began);

                assertThat(interrupted.get(20, TimeUnit.SECONDS)).isFalse();
                assertThat(began.get().cause()).containsInstanceOf(ClientDisconnectedException.class);
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void isToldThatItsSubscriptionWasCancelled() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            try (Server server = Server.start(
                            Transport.HTTP1,
                            (request, response) -> response.sendString(RipcordReactorNetty.blocking(ctx -> {
                                        began.complete(ctx);
                                        ctx.done().await(Duration.ofSeconds(20));
                                        thrown.complete(ctx.err().orElse(null));
                                        return "late";
                                    })
                                    .timeout(Duration.ofMillis(50))
                                    .onErrorReturn(TimeoutException.class, "no time")));
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                assertThat(client.receive()).isEqualTo("no time");
                assertThat(thrown.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(CancelledException.class);
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void failsThePublisherByWhatItThrows() throws Exception {
            try (Server server = Server.start(
                            Transport.HTTP1,
                            (request, response) -> response.sendString(RipcordReactorNetty.<String>blocking(ctx -> {
                                        throw new IllegalStateException("no luck");
                                    })
                                    .onErrorResume(failure -> Mono.just(String.valueOf(failure.getMessage())))));
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                assertThat(client.receive()).isEqualTo("no luck");
            }
        }

        @Test
        void isRefusedWhereThereIsNoRequest() {
            assertThatThrownBy(() -> RipcordReactorNetty.blocking(ctx -> "").block())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no request to block for; call RipcordReactorNetty.install with the server");
        }
    }

    @Test
    void aHandlerThatDoesNotBlockHasItsContextUntilItsPublisherHasCompleted() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        CompletableFuture<String> answer = new CompletableFuture<>();
        try (Server server = Server.start(
                        Transport.HTTP1,
                        (request, response) -> RipcordReactorNetty.blocking(began::complete)
                                .then(Mono.from(response.sendString(Mono.fromFuture(answer)))));
                Client client = Client.plain(server.port())) {
            client.send(GET);
            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofMillis(50))).isFalse();
            answer.complete("late");

            assertThat(client.receive()).isEqualTo("late");
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
        }
    }

    @Test
    void aHandlerOfWebFluxHasTheContextOfItsRequest() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        var routes = RouterFunctions.route()
                .GET(
                        "/slow",
                        request -> RipcordReactorNetty.blocking(ctx -> {
                                    began.complete(ctx);
                                    ctx.done().await(Duration.ofSeconds(20));
                                    return "late";
                                })
                                .flatMap(found -> ServerResponse.ok().bodyValue(found)))
                .build();
        var webFlux = new ReactorHttpHandlerAdapter(RouterFunctions.toHttpHandler(routes));
        try (Server server = Server.start(Transport.HTTP1, webFlux)) {
            try (Client client = Client.plain(server.port())) {
                client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
                began.get(20, TimeUnit.SECONDS);
            }

            Context ctx = began.get();
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    private static void leave(Server server, CompletableFuture<Context> began) throws Exception {
        try (Client client = Client.plain(server.port())) {
            client.send(GET);
            began.get(20, TimeUnit.SECONDS);
        }
    }
}
