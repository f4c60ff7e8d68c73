package dev.ripcord.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.Group;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchanges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Connections that are read ahead from the first moment, by clients that send as TCP may cut it: no byte is lost, no
/// request disturbed, and nothing left.
class ConnectionStressTest {

    private static final int CLIENTS = 8;

    /// Of each client. `-Dconversations=2000` for some minutes of it.
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 25);

    @Test
    void everyByteArrivesThatIsSentWhileRequestsAreReadAhead() throws Exception {
        long seed = System.nanoTime();
        try (Server server = Server.startEager(
                new Exchanges(),
                routing -> routing.post("/echo", (request, response) -> {
                    pause(request.query().get("before"));
                    byte[] body = request.content().as(byte[].class);
                    pause(request.query().get("after"));
                    response.send(body);
                }))) {
            try (Group group = Group.of(Context.background())) {
                for (int i = 0; i < CLIENTS; i++) {
                    Random random = new Random(seed + i);
                    var unused = group.fork(ctx -> {
                        converse(server.port(), random);
                        return null;
                    });
                }
                group.join();
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }

            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    private static void converse(int port, Random random) throws Exception {
        for (int i = 0; i < CONVERSATIONS; i++) {
            try (Client client = Client.plain(port)) {
                List<String> bodies = new ArrayList<>();
                StringBuilder requests = new StringBuilder();
                for (int n = random.nextInt(1, 5); n > 0; n--) {
                    String body = Integer.toHexString(random.nextInt()).repeat(length(random));
                    bodies.add(body);
                    requests.append("POST /echo?before=" + random.nextInt(3) + "&after=" + random.nextInt(3)
                            + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                }
                Thread sender = Thread.startVirtualThread(() -> sendInPieces(client, requests.toString(), random));
                for (String body : bodies) {
                    assertThat(client.receive()).isEqualTo(body);
                }
                sender.join();
            }
        }
    }

    /// Most are short; some are longer than what is read ahead.
    private static int length(Random random) {
        return 1 + (random.nextInt(4) == 0 ? random.nextInt(40_000) : random.nextInt(20));
    }

    private static void sendInPieces(Client client, String text, Random random) {
        try {
            for (int at = 0; at < text.length(); ) {
                int to = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 10 : 30_000));
                client.send(text.substring(at, to));
                at = to;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause(String millis) {
        Await.pass(Duration.ofMillis(Integer.parseInt(millis)));
    }
}
