package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Logged;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.tomcat.Server.Protocol;
import dev.ripcord.tomcat.Server.Threads;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Thousands of requests on connections that are kept alive, pipelined and broken off at random: every answer that is
/// waited for is right to the last byte, and nothing is left behind.
class ConnectionStressTest {

    private static final int CLIENTS = 16;
    private static final int CONNECTIONS_PER_CLIENT = 60;
    private static final int REQUESTS_PER_CONNECTION = 5;

    private final Queue<WeakReference<Context>> contexts = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger brokenOff = new AtomicInteger();

    @ParameterizedTest
    @CsvSource({
        "RIPCORD, PLATFORM, 0",
        "RIPCORD, PLATFORM, 5",
        "RIPCORD, VIRTUAL, 0",
        "RIPCORD, VIRTUAL, 5",
        "NIO, VIRTUAL, 0",
    })
    void noByteIsLostAndNothingIsLeftBehind(Protocol protocol, Threads threads, long armAfterMillis) throws Exception {
        RipcordValve valve = new RipcordValve();
        valve.setArmAfterMillis(armAfterMillis);
        long seed = System.nanoTime();
        try (Logged logged = new Logged(Level.WARNING, "dev.ripcord");
                Server server = Server.start(protocol, threads, valve, Server.plain(), new Exchanges())) {
            server.serve("/echo", new Echo(contexts));
            int filesBefore = openFiles();

            runClients(server.port(), seed);

            Await.until("no running requests", () -> valve.server().running() == 0);
            Await.until("no keys", () -> valve.watcher().registered() == 0);
            Await.until("file descriptors given back, seed " + seed, () -> openFiles() <= filesBefore + CLIENTS);
            Await.until("contexts collected, seed " + seed, this::areContextsCollected);
            assertThat(logged.all()).as("seed " + seed).isEmpty();
        }
        assertThat(answered.get() + brokenOff.get()).isGreaterThan(CLIENTS * CONNECTIONS_PER_CLIENT);
        System.out.printf(
                "%s, %s threads, armed after %d ms: %d answered, %d broken off%n",
                protocol, threads, armAfterMillis, answered.get(), brokenOff.get());
    }

    private void runClients(int port, long seed) throws Exception {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                var unused = clients.submit(() -> {
                    try {
                        for (int c = 0; c < CONNECTIONS_PER_CLIENT; c++) {
                            useConnection(port, random);
                        }
                    } catch (IOException | RuntimeException | Error e) {
                        failures.add(e);
                    }
                });
            }
            clients.shutdown();
            assertThat(clients.awaitTermination(100, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(failures).as("seed " + seed).isEmpty();
    }

    /// Some requests one after the other or two at once, and an end of one of three kinds.
    private void useConnection(int port, SplittableRandom random) throws IOException {
        Client client = Client.plain(port);
        int requests = 1 + random.nextInt(REQUESTS_PER_CONNECTION);
        for (int i = 0; i < requests; i++) {
            String body = Long.toHexString(random.nextLong()).repeat(random.nextInt(2) * random.nextInt(200));
            String next = Long.toHexString(random.nextLong());
            boolean pipelined = random.nextInt(3) == 0;
            int workMillis = random.nextInt(12);
            client.send(request(workMillis, body));
            if (pipelined) {
                // some come at once, some about when the first is done and its watch ends
                Await.pass(Duration.ofMillis(random.nextBoolean() ? workMillis : 0));
                client.send(request(0, next));
            }
            if (i == requests - 1 && random.nextBoolean()) {
                brokenOff.incrementAndGet();
                if (random.nextBoolean()) {
                    client.reset();
                }
                break;
            }
            assertThat(client.receive()).isEqualTo(body);
            answered.incrementAndGet();
            if (pipelined) {
                assertThat(client.receive()).isEqualTo(next);
                answered.incrementAndGet();
            }
        }
        client.close();
    }

    private static String request(int workMillis, String body) {
        if (body.isEmpty()) {
            return "GET /echo?work=" + workMillis + " HTTP/1.1\r\nHost: a\r\n\r\n";
        }
        return "POST /echo?work=" + workMillis + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    /// All but those of a few last requests, which a server may keep until it uses their objects again.
    private boolean areContextsCollected() {
        System.gc();
        contexts.removeIf(context -> context.refersTo(null));
        return contexts.size() <= CLIENTS;
    }

    private static int openFiles() {
        String[] files = new File("/proc/self/fd").list();
        return files == null ? 0 : files.length;
    }

    /// Works for a while, unless the context ends, and answers with the body of the request.
    @SuppressWarnings("serial") // nobody serializes servlets
    private static final class Echo extends HttpServlet {

        private final Queue<WeakReference<Context>> contexts;

        Echo(Queue<WeakReference<Context>> contexts) {
            this.contexts = contexts;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Context ctx = ContextFilter.contextOf(request);
            contexts.add(new WeakReference<>(ctx));
            byte[] body = request.getInputStream().readAllBytes();
            try {
                if (ctx.done().await(Duration.ofMillis(Integer.parseInt(request.getParameter("work"))))) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
