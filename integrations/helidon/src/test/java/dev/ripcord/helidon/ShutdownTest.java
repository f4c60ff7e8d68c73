package dev.ripcord.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ShutdownContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Close, let finish, cancel: by [RipcordHelidon#shutdown]; what that does besides, and what happens without it.
class ShutdownTest extends ShutdownContractTest {

    @Override
    protected StoppableServer start(Transport transport, Exchanges exchanges) {
        return start(exchanges);
    }

    @Test
    void anAnswerOnAnOpenConnectionSaysThatItWasTheLast() throws Exception {
        try (Server server = start(exchanges);
                Client busy = Client.plain(server.port());
                Client kept = Client.plain(server.port())) {
            Exchange running = exchanges.expect();
            busy.send(Client.get("/", running));
            running.awaitEntered();
            Exchange first = exchanges.expect();
            first.release();
            kept.send(Client.get("/", first));
            assertThat(kept.receive()).isEqualTo("answer " + first.id);

            CompletableFuture<Integer> shutdown = inBackground(() -> server.shutdown(Exchanges.GUARD));
            awaitRefused(server, exchanges);
            Exchange second = exchanges.expect();
            second.release();
            kept.send(Client.get("/", second));

            StringBuilder answer = new StringBuilder();
            while (!answer.toString().endsWith("answer " + second.id)) {
                answer.append((char) kept.receiveByte());
            }
            assertThat(answer.toString()).containsIgnoringCase("\r\nConnection: close\r\n");
            running.release();
            assertThat(get(shutdown)).isZero();
        }
    }

    @Test
    void stoppingTheServerEndsTheContextsThatAreLeft() throws Exception {
        Server server = start(exchanges);
        try (Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get("/", exchange));
            exchange.awaitEntered();

            server.close();

            exchange.awaitCause();
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    private static Server start(Exchanges exchanges) {
        return Server.start(exchanges, server -> {});
    }
}
