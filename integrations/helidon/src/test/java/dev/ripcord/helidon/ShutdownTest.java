package dev.ripcord.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What [RipcordHelidon#shutdown] does besides the contract of all adapters, and what happens without it.
class ShutdownTest {

    private final Exchanges exchanges = new Exchanges();

    @Test
    void anAnswerOnAnOpenConnectionSaysThatItWasTheLast() throws Exception {
        try (Server server = start();
                Client busy = Client.plain(server.port());
                Client kept = Client.plain(server.port())) {
            Exchange running = exchanges.expect();
            busy.send(Client.get("/", running));
            running.awaitEntered();
            Exchange first = exchanges.expect();
            first.release();
            kept.send(Client.get("/", first));
            assertThat(kept.receive()).isEqualTo("answer " + first.id);

            CompletableFuture<Integer> shutdown = shutdown(server, Exchanges.GUARD);
            awaitRefused(server);
            Exchange second = exchanges.expect();
            second.release();
            kept.send(Client.get("/", second));

            StringBuilder answer = new StringBuilder();
            while (!answer.toString().endsWith("answer " + second.id)) {
                answer.append((char) kept.receiveByte());
            }
            assertThat(answer.toString()).containsIgnoringCase("\r\nConnection: close\r\n");
            running.release();
            assertThat(shutdown.get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void stoppingTheServerEndsTheContextsThatAreLeft() throws Exception {
        Server server = start();
        try (Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            server.close();

            exchange.awaitCause();
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    private Server start() {
        return Server.start(exchanges, server -> {});
    }

    private static CompletableFuture<Integer> shutdown(Server server, Duration grace) {
        CompletableFuture<Integer> cancelled = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                cancelled.complete(server.shutdown(grace));
            } catch (InterruptedException e) {
                cancelled.completeExceptionally(e);
            }
        });
        return cancelled;
    }

    /// Until a new connection is closed without an answer. An answer there is before: to no handler of ours.
    private static void awaitRefused(Server server) throws Exception {
        Await.until("connections closed", () -> {
            try (Client client = Client.plain(server.port())) {
                client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
                return client.receiveByte() < 0;
            } catch (IOException e) {
                return true;
            }
        });
    }
}
