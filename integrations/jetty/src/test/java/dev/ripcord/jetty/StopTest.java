package dev.ripcord.jetty;

import static dev.ripcord.http.ShutdownContractTest.awaitRefused;
import static dev.ripcord.http.ShutdownContractTest.get;
import static dev.ripcord.http.ShutdownContractTest.inBackground;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.ServerStoppingException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Jetty's own stop, and its own patience.
class StopTest {

    private final Exchanges exchanges = new Exchanges();

    /// Jetty lets connections idle for a second while it shuts down.
    @Test
    void aShutdownGoesOnForLongerThanJettyLetsConnectionsIdle() throws Exception {
        try (Server server = Server.start(Mode.CORE_ON_PLATFORM_THREADS, exchanges);
                Client client = Client.plain(server.port());
                Client slow = Client.plain(server.port());
                Http2Client http2 = new Http2Client(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();
            Exchange reading = exchanges.expect();
            slow.send(Client.post("/", reading, true, "Content-Length: 10\r\n", "hello"));
            reading.awaitContext();
            Exchange stream = exchanges.expect();
            http2.get(1, "/?id=" + stream.id);
            stream.awaitEntered();

            CompletableFuture<Integer> shutdown = inBackground(() -> server.shutdown(Exchanges.GUARD));
            assertThat(exchange.endsWithin(Duration.ofMillis(2500))).isFalse();
            assertThat(reading.endsWithin(Duration.ZERO)).isFalse();
            assertThat(stream.endsWithin(Duration.ZERO)).isFalse();
            exchange.release();
            reading.release();
            slow.send("world");
            stream.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertThat(slow.receive()).isEqualTo("answer " + reading.id + " helloworld");
            assertThat(http2.receive(1)).isEqualTo("answer " + stream.id);
            assertThat(get(shutdown)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsWhatStillRunsAtOnceWithoutAStopTimeout(Mode mode) throws Exception {
        try (Server server = Server.start(mode, exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            server.jetty().stop();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ServerStoppingException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void letsARequestFinishWithinTheStopTimeout(Mode mode) throws Exception {
        try (Server server = Server.start(mode, exchanges);
                Client client = Client.plain(server.port())) {
            server.jetty().setStopTimeout(Exchanges.GUARD.toMillis());
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            CompletableFuture<Integer> stop = inBackground(() -> {
                server.jetty().stop();
                return 0;
            });
            awaitRefused(server, exchanges);
            assertThat(exchange.endsWithin(Duration.ofMillis(100))).isFalse();
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            assertThat(get(stop)).isZero();
        }
    }

    @Test
    void cancelsWhatStillRunsASecondBeforeTheStopTimeoutIsOver() throws Exception {
        try (Server server = Server.start(Mode.EE11_ON_VIRTUAL_THREADS, exchanges);
                Client client = Client.plain(server.port())) {
            server.jetty().setStopTimeout(1200);
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            CompletableFuture<Integer> stop = inBackground(() -> {
                server.jetty().stop();
                return 0;
            });

            assertThat(exchange.awaitCause())
                    .isInstanceOfSatisfying(
                            ServerStoppingException.class,
                            cause -> assertThat(cause.grace()).isEqualTo(Duration.ofMillis(200)));
            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            get(stop.handle((done, failure) -> 0)); // Jetty may complain that the connection is still open
        }
    }

    @Test
    void isFollowedByAStartWithRequestsThatAreNotEnded() throws Exception {
        try (Server server = Server.start(Mode.CORE_ON_PLATFORM_THREADS, exchanges)) {
            server.jetty().stop();
            server.start();
            try (Client client = Client.plain(server.port())) {
                Exchange exchange = exchanges.expect();
                client.send(Client.get("/", exchange));
                exchange.awaitEntered();
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            }
        }
    }
}
