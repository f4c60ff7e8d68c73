package dev.ripcord.helidon;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.ResponseWriteFailedException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http1.Http1Config;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What ends a request's context besides a client that leaves, and what does not; and where it is to be found.
class RequestEndTest {

    private final Exchanges exchanges = new Exchanges();

    @Test
    void theContextEndsWhenTheResponseCannotBeWritten() throws Exception {
        CompletableFuture<Throwable> cause = new CompletableFuture<>();
        try (Server server = Server.start(
                exchanges,
                Context.background(),
                options -> {},
                routing -> routing.post("/flood", (request, response) -> {
                    Context ctx = RipcordHelidon.contextOf(request);
                    try (OutputStream output = response.outputStream()) {
                        for (int i = 0; i < 10_000; i++) {
                            output.write(new byte[10_000]);
                        }
                    } finally {
                        cause.complete(ctx.cause().orElse(null));
                    }
                }))) {
            Client client = Client.plain(server.port());
            // a body too long to be read ahead, so that nothing but the writing can tell
            client.send("POST /flood HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + "b".repeat(300_000));
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            assertThat(cause.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ResponseWriteFailedException.class);
        }
    }

    @Test
    void filtersAndErrorHandlersRunWithinTheContext() throws Exception {
        CompletableFuture<Boolean> inFilter = new CompletableFuture<>();
        CompletableFuture<Boolean> inErrorHandler = new CompletableFuture<>();
        try (Server server = Server.start(
                exchanges,
                Context.background(),
                options -> {},
                routing -> routing.addFilter((chain, request, response) -> {
                            inFilter.complete(isCurrentAndAlive(request));
                            chain.proceed();
                        })
                        .error(IllegalStateException.class, (request, response, failure) -> {
                            inErrorHandler.complete(isCurrentAndAlive(request));
                            response.status(Status.NOT_FOUND_404).send();
                        })
                        .get("/fails", (request, response) -> {
                            throw new IllegalStateException();
                        }))) {
            try (Client client = Client.plain(server.port())) {
                client.send("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");

                assertThat(inFilter.get(20, TimeUnit.SECONDS)).isTrue();
                assertThat(inErrorHandler.get(20, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void theTimeoutOfIdleConnectionsEndsNoRequest() throws Exception {
        try (Server server = Server.start(
                        exchanges,
                        options -> options.idleConnectionTimeout(Duration.ZERO)
                                .idleConnectionPeriod(Duration.ofMillis(20)));
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));

            assertThat(exchange.awaitContext().done().await(Duration.ofMillis(1500)))
                    .isFalse();
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
        }
    }

    /// The connection's thread waits for the one that reads ahead, and not in the socket, when Helidon interrupts it.
    @Test
    void theTimeoutOfIdleConnectionsClosesOneThatIsReadAhead() throws Exception {
        try (Server server = Server.start(
                        exchanges,
                        options -> options.idleConnectionTimeout(Duration.ofSeconds(2))
                                .idleConnectionPeriod(Duration.ofMillis(50)));
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            assertThat(exchange.awaitContext().done().await(Duration.ofMillis(200)))
                    .as("not before it is read ahead")
                    .isFalse();
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertThat(client.receiveByte()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatAsksForAnUpgradeToHttp2IsAnsweredInHttp1() throws Exception {
        try (Server server = Server.start(exchanges, options -> {});
                HttpClient client = HttpClient.newHttpClient()) {
            Exchange exchange = exchanges.expect();
            exchange.release();
            URI uri = URI.create("http://localhost:" + server.port() + "/?id=" + exchange.id);

            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            assertThat(answer.body()).isEqualTo("answer " + exchange.id);
        }
    }

    @Test
    void aClientChoosesHttp2WhenItConnectsOverTls() throws Exception {
        try (Server server = Server.start(exchanges, Server.tls());
                HttpClient client =
                        HttpClient.newBuilder().sslContext(Client.trusting()).build()) {
            Exchange exchange = exchanges.expect();
            exchange.release();
            URI uri = URI.create("https://localhost:" + server.port() + "/?id=" + exchange.id);

            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.body()).isEqualTo("answer " + exchange.id);
        }
    }

    @Test
    void theProtocolsKeepTheConfigurationOfTheServer() throws Exception {
        try (Server server = Server.start(
                        exchanges,
                        options -> options.addProtocol(
                                Http1Config.builder().maxPrologueLength(64).build()));
                Client client = Client.plain(server.port())) {
            client.send("GET /" + "a".repeat(64) + " HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThatThrownBy(client::receive).hasMessageContaining("HTTP/1.1 4");
        }
    }

    @Test
    void furtherSocketsAreWatchedIfTheyAreTold() throws Exception {
        BlockingQueue<Context> began = new ArrayBlockingQueue<>(2);
        CountDownLatch release = new CountDownLatch(1);
        Handler slow = (request, response) -> {
            began.add(RipcordHelidon.contextOf(request));
            release.await(20, TimeUnit.SECONDS);
            response.send();
        };
        WebServerConfig.Builder builder = WebServer.builder()
                .shutdownHook(false)
                .routing("watched", HttpRouting.builder().get("/", slow))
                .routing("unwatched", HttpRouting.builder().get("/", slow));
        RipcordHelidon ripcord = RipcordHelidon.install(builder);
        builder.putSocket("watched", socket -> ripcord.watch(socket)).putSocket("unwatched", socket -> {});
        WebServer server = builder.build().start();
        try {
            Context watched = leave(server.port("watched"), began);
            assertThat(watched.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(watched.cause()).containsInstanceOf(ClientDisconnectedException.class);

            Context unwatched = leave(server.port("unwatched"), began);
            assertThat(unwatched.done().await(Duration.ofMillis(150))).isFalse();
            release.countDown();
            assertThat(unwatched.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(unwatched.cause()).containsInstanceOf(HandlerFinishedException.class);
        } finally {
            server.stop();
        }
    }

    private static Context leave(int port, BlockingQueue<Context> began) throws Exception {
        try (Client client = Client.plain(port)) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            return requireNonNull(began.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aServerWithoutItHasNoContext() throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        WebServer server = WebServer.builder()
                .shutdownHook(false)
                .routing(routing -> routing.get("/", (request, response) -> {
                    try {
                        RipcordHelidon.contextOf(request);
                    } catch (IllegalStateException e) {
                        thrown.complete(e);
                    }
                    response.send();
                }))
                .build()
                .start();
        try (Client client = Client.plain(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(thrown.get(20, TimeUnit.SECONDS))
                    .hasMessage("request has no context; call RipcordHelidon.install with the server's builder");
        } finally {
            server.stop();
        }
    }

    @Test
    void aNegativeTimeToArmIsRefused() {
        assertThatThrownBy(
                        () -> RipcordHelidon.install(Context.background(), WebServer.builder(), Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("armAfter < 0: PT-0.001S");
    }

    private static boolean isCurrentAndAlive(ServerRequest request) {
        return Context.current() == RipcordHelidon.contextOf(request)
                && !Context.current().done().isDone();
    }
}
