package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.ServerStoppingException;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [RipcordTomcat#shutdown]: refuse, let finish, cancel.
class ShutdownTest {

    private final Exchanges exchanges = new Exchanges();

    @ParameterizedTest
    @EnumSource
    void aRequestThatFinishesWithinTheGraceIsAnsweredAndNotCancelled(Mode mode) throws Exception {
        try (Server server = Server.start(mode.threads, exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get(mode.path, exchange));
            exchange.awaitEntered();

            CompletableFuture<Integer> shutdown = shutdown(server, Exchanges.GUARD);
            awaitRefused(server);
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            assertThat(shutdown.get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatOutlivesTheGraceIsCancelledAndMayStillAnswer(Mode mode) throws Exception {
        Duration grace = Duration.ofMillis(50);
        try (Server server = Server.start(mode.threads, exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get(mode.path, exchange));
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
    void anIdleServerShutsDownAtOnce() throws Exception {
        try (Server server = Server.start(Server.Threads.VIRTUAL, exchanges)) {
            assertThat(shutdown(server, Duration.ofHours(1)).get(10, TimeUnit.SECONDS))
                    .isZero();
        }
    }

    @Test
    void aNegativeGraceIsRefused() throws Exception {
        try (Server server = Server.start(Server.Threads.VIRTUAL, exchanges)) {
            assertThatThrownBy(() -> server.ripcord().shutdown(Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("grace < 0: PT-1S");
        }
    }

    private static CompletableFuture<Integer> shutdown(Server server, Duration grace) {
        CompletableFuture<Integer> cancelled = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                cancelled.complete(server.ripcord().shutdown(grace));
            } catch (InterruptedException e) {
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
