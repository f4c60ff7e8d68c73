package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Many requests on connections that are kept alive, pipelined and broken off at random, with bodies that are read
/// before the work, after it or not at all; both sides of them.
///
/// The handler works for a while, unless the context ends, and answers with what it has read. Its query is
/// `work=7&LATE`: for how many milliseconds, and when it reads.
final class Workload {

    private static final String WORK = "work=";

    private static final int REQUESTS_PER_CONNECTION = 5;

    private enum BodyRead {
        EARLY,
        LATE,
        NEVER
    }

    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger brokenOff = new AtomicInteger();

    private final Queue<WeakReference<Context>> contexts = new ConcurrentLinkedQueue<>();

    // ------------------------------------------------------------------------------------------------- the handler

    static boolean isFor(String query) {
        return query.startsWith(WORK);
    }

    void handle(String query, Context ctx, Exchange.Body body, Exchange.Answer answer) throws IOException {
        contexts.add(new WeakReference<>(ctx));
        String[] words = query.substring(WORK.length()).split("&", -1);
        BodyRead read = BodyRead.valueOf(words[1]);
        byte[] bytes = read == BodyRead.EARLY ? body.readAll() : new byte[0];
        try {
            if (ctx.done().await(Duration.ofMillis(Integer.parseInt(words[0])))) {
                return;
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a handler", e);
        }
        answer.write(read == BodyRead.LATE ? body.readAll() : bytes);
    }

    /// Whether all contexts have been collected but `spare` ones: a server may keep those of its last requests until
    /// it uses their objects again.
    boolean areContextsCollected(int spare) {
        System.gc();
        contexts.removeIf(context -> context.refersTo(null));
        return contexts.size() <= spare;
    }

    // ------------------------------------------------------------------------------------------------- the clients

    /// Has clients use so many connections each, and waits for them.
    ///
    /// @param pipelines whether some requests come before the last one was answered
    void run(ContractServer server, Transport transport, boolean pipelines, int clients, int connections, long seed)
            throws Exception {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                var unused = threads.submit(() -> {
                    try {
                        for (int c = 0; c < connections; c++) {
                            useConnection(server, transport, pipelines, random);
                        }
                    } catch (IOException | RuntimeException | Error e) {
                        failures.add(e);
                    }
                });
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(100, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(failures).as("seed " + seed).isEmpty();
    }

    /// Some requests one after the other or two at once, and an end of one of three kinds.
    private void useConnection(ContractServer server, Transport transport, boolean pipelines, SplittableRandom random)
            throws IOException {
        Client client = transport == Transport.TLS ? Client.tls(server.port()) : Client.plain(server.port());
        int requests = 1 + random.nextInt(REQUESTS_PER_CONNECTION);
        for (int i = 0; i < requests; i++) {
            BodyRead read = BodyRead.values()[random.nextInt(3)];
            // what nobody reads comes in one piece: a server may close the connection of a body that has not all come
            int most = read == BodyRead.NEVER ? 400 : 1200;
            String body = Long.toHexString(random.nextLong()).repeat(random.nextInt(2) * random.nextInt(most));
            String next = Long.toHexString(random.nextLong());
            boolean pipelined = random.nextInt(3) == 0 && pipelines;
            int workMillis = random.nextInt(12);
            String head = head(server.path(), workMillis, read, body);
            if (read == BodyRead.NEVER || random.nextBoolean()) {
                client.send(head + body);
            } else {
                // the second half comes while the first is held, or being read
                client.send(head + body.substring(0, body.length() / 2));
                Await.pass(Duration.ofMillis(random.nextBoolean() ? workMillis / 2 : 0));
                client.send(body.substring(body.length() / 2));
            }
            if (pipelined) {
                // some come at once, some about when the first is done
                Await.pass(Duration.ofMillis(random.nextBoolean() ? workMillis : 0));
                client.send(head(server.path(), 0, BodyRead.EARLY, next) + next);
            }
            if (i == requests - 1 && random.nextBoolean()) {
                brokenOff.incrementAndGet();
                if (random.nextBoolean()) {
                    client.reset();
                }
                break;
            }
            assertThat(client.receive()).isEqualTo(read == BodyRead.NEVER ? "" : body);
            answered.incrementAndGet();
            if (pipelined) {
                assertThat(client.receive()).isEqualTo(next);
                answered.incrementAndGet();
            }
        }
        client.close();
    }

    private static String head(String path, int workMillis, BodyRead read, String body) {
        String method = body.isEmpty() ? "GET " : "POST ";
        int length = body.getBytes(StandardCharsets.US_ASCII).length;
        return method + path + "?" + WORK + workMillis + "&" + read + " HTTP/1.1\r\nHost: localhost\r\n"
                + (length == 0 ? "" : "Content-Length: " + length + "\r\n") + "\r\n";
    }
}
