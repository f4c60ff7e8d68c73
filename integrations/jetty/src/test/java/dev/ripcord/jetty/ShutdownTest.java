package dev.ripcord.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.ServerStoppingException;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Refuse, let finish, cancel: by [RipcordHandler#shutdown] and by Jetty's own stop.
class ShutdownTest {

    private final Exchanges exchanges = new Exchanges();

    @Nested
    class Shutdown {

        @ParameterizedTest
        @EnumSource
        void letsARequestFinishWithinTheGraceAndDoesNotCancelIt(Mode mode) throws Exception {
            try (Server server = Server.start(mode, exchanges);
                    Client client = Client.plain(server.port())) {
                Exchange exchange = exchanges.expect();
                client.send(Client.get("/", exchange));
                exchange.awaitEntered();

                CompletableFuture<Integer> shutdown =
                        inBackground(() -> server.ripcord().shutdown(Exchanges.GUARD));
                awaitRefused(server);
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
                assertThat(shutdown.get(20, TimeUnit.SECONDS)).isZero();
            }
        }

        /// Jetty lets connections idle for a second while it shuts down.
        @Test
        void goesOnForLongerThanJettyLetsConnectionsIdle() throws Exception {
            try (Server server = Server.start(Mode.CORE_ON_PLATFORM_THREADS, exchanges);
                    Client client = Client.plain(server.port());
                    Http2Client http2 = new Http2Client(server.port())) {
                Exchange exchange = exchanges.expect();
                client.send(Client.get("/", exchange));
                exchange.awaitEntered();
                Exchange stream = exchanges.expect();
                http2.get(1, "/?id=" + stream.id);
                stream.awaitEntered();

                CompletableFuture<Integer> shutdown =
                        inBackground(() -> server.ripcord().shutdown(Exchanges.GUARD));
                assertThat(exchange.endsWithin(Duration.ofMillis(2500))).isFalse();
                assertThat(stream.endsWithin(Duration.ZERO)).isFalse();
                exchange.release();
                stream.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(http2.receive(1)).isEqualTo("answer " + stream.id);
                assertThat(shutdown.get(20, TimeUnit.SECONDS)).isZero();
            }
        }

        @ParameterizedTest
        @EnumSource
        void cancelsARequestThatOutlivesTheGraceAndItMayStillAnswer(Mode mode) throws Exception {
            Duration grace = Duration.ofMillis(50);
            try (Server server = Server.start(mode, exchanges);
                    Client client = Client.plain(server.port())) {
                Exchange exchange = exchanges.expect();
                client.send(Client.get("/", exchange));
                exchange.awaitEntered();

                int cancelled = server.ripcord().shutdown(grace);

                assertThat(cancelled).isEqualTo(1);
                assertThat(exchange.awaitCause())
                        .isInstanceOfSatisfying(
                                ServerStoppingException.class,
                                cause -> assertThat(cause.grace()).isEqualTo(grace));
                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            }
        }

        @Test
        void isOverAtOnceIfNothingRuns() throws Exception {
            try (Server server = Server.start(Mode.CORE_ON_PLATFORM_THREADS, exchanges)) {
                CompletableFuture<Integer> shutdown =
                        inBackground(() -> server.ripcord().shutdown(Duration.ofHours(1)));

                assertThat(shutdown.get(20, TimeUnit.SECONDS)).isZero();
            }
        }

        @Test
        void refusesANegativeGrace() throws Exception {
            try (Server server = Server.start(Mode.CORE_ON_PLATFORM_THREADS, exchanges)) {
                assertThatThrownBy(() -> server.ripcord().shutdown(Duration.ofSeconds(-1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("grace < 0: PT-1S");
            }
        }
    }

    @Nested
    class JettysOwnStop {

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
                awaitRefused(server);
                assertThat(exchange.endsWithin(Duration.ofMillis(100))).isFalse();
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
                assertThat(stop.get(20, TimeUnit.SECONDS)).isZero();
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
                stop.handle((done, failure) -> 0) // Jetty may complain that the connection is still open
                        .get(20, TimeUnit.SECONDS);
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

    private interface Stop {

        int stop() throws Exception;
    }

    private static CompletableFuture<Integer> inBackground(Stop stop) {
        CompletableFuture<Integer> cancelled = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                cancelled.complete(stop.stop());
            } catch (Exception e) {
                cancelled.completeExceptionally(e);
            }
        });
        return cancelled;
    }

    private static void awaitRefused(Server server) throws Exception {
        int port = server.port();
        Await.until("connections refused", () -> {
            try (Client client = Client.plain(port)) {
                return false;
            } catch (ConnectException e) {
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }
}
