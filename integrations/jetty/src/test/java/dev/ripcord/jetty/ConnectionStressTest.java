package dev.ripcord.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.Logged;
import dev.ripcord.http.Transport;
import dev.ripcord.jetty.Server.Threads;
import dev.ripcord.servlet.ContextFilter;
import jakarta.servlet.AsyncContext;
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
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Thousands of requests on connections that are kept alive, pipelined and broken off at random, with bodies that are
/// read before the work, after it or not at all: every answer that is waited for is right to the last byte, and nothing
/// is left behind. `-Dstress.connections=2000` goes on for longer.
class ConnectionStressTest {

    private static final int CLIENTS = 16;
    private static final int CONNECTIONS_PER_CLIENT = Integer.getInteger("stress.connections", 40);
    private static final int REQUESTS_PER_CONNECTION = 5;
    private static final Duration AT_MOST = Duration.ofSeconds(60).plusMillis(500L * CONNECTIONS_PER_CLIENT);

    private final Queue<WeakReference<Context>> contexts = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger brokenOff = new AtomicInteger();

    @ParameterizedTest
    @CsvSource({
        "CORE, PLATFORM, HTTP1, 0",
        "CORE, VIRTUAL, HTTP1, 5",
        "SERVLET, PLATFORM, HTTP1, 5",
        "SERVLET_ASYNC, VIRTUAL, HTTP1, 0",
        "CORE, VIRTUAL, TLS, 0"
    })
    void noByteIsLostAndNothingIsLeftBehind(Api api, Threads threads, Transport transport, long armAfterMillis)
            throws Exception {
        RipcordHandler ripcord = new RipcordHandler();
        ripcord.setArmAfter(Duration.ofMillis(armAfterMillis));
        long seed = System.nanoTime();
        try (Logged logged = new Logged(Level.WARNING, "dev.ripcord", "org.eclipse.jetty");
                Server server = Server.start(threads, ripcord, transport, handler(api))) {
            int filesBefore = openFiles();

            runClients(server.port(), transport, seed);

            Await.until("no running requests", () -> server.running() == 0);
            Await.until("file descriptors given back, seed " + seed, () -> openFiles() <= filesBefore + CLIENTS);
            Await.until("contexts collected, seed " + seed, this::areContextsCollected);
            assertThat(logged.all()).as("seed " + seed).isEmpty();
        }
        assertThat(answered.get() + brokenOff.get()).isGreaterThan(CLIENTS * CONNECTIONS_PER_CLIENT);
        System.out.printf(
                "%s on %s threads, %s, armed after %d ms: %d answered, %d broken off%n",
                api, threads, transport, armAfterMillis, answered.get(), brokenOff.get());
    }

    private void runClients(int port, Transport transport, long seed) throws Exception {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                var unused = clients.submit(() -> {
                    try {
                        for (int c = 0; c < CONNECTIONS_PER_CLIENT; c++) {
                            useConnection(port, transport, random);
                        }
                    } catch (IOException | RuntimeException | Error e) {
                        failures.add(e);
                    }
                });
            }
            clients.shutdown();
            assertThat(clients.awaitTermination(AT_MOST.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
        }
        assertThat(failures).as("seed " + seed).isEmpty();
    }

    /// Some requests one after the other or two at once, and an end of one of three kinds.
    private void useConnection(int port, Transport transport, SplittableRandom random) throws IOException {
        Client client = transport == Transport.TLS ? Client.tls(port) : Client.plain(port);
        int requests = 1 + random.nextInt(REQUESTS_PER_CONNECTION);
        for (int i = 0; i < requests; i++) {
            BodyRead read = BodyRead.values()[random.nextInt(3)];
            // what nobody reads comes in one piece: Jetty closes the connection of a body that has not all come
            int most = read == BodyRead.NEVER ? 400 : 1200;
            String body = Long.toHexString(random.nextLong()).repeat(random.nextInt(2) * random.nextInt(most));
            String next = Long.toHexString(random.nextLong());
            boolean pipelined = random.nextInt(3) == 0;
            int workMillis = random.nextInt(12);
            if (read == BodyRead.NEVER || random.nextBoolean()) {
                client.send(head(workMillis, read, body) + body);
            } else {
                // the second half comes while the first is held, or being read
                client.send(head(workMillis, read, body) + body.substring(0, body.length() / 2));
                Await.pass(Duration.ofMillis(random.nextBoolean() ? workMillis / 2 : 0));
                client.send(body.substring(body.length() / 2));
            }
            if (pipelined) {
                // some come at once, some about when the first is done and its watch ends
                Await.pass(Duration.ofMillis(random.nextBoolean() ? workMillis : 0));
                client.send(head(0, BodyRead.EARLY, next) + next);
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

    private static String head(int workMillis, BodyRead read, String body) {
        String method = body.isEmpty() ? "GET" : "POST";
        String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
        return method + " /" + read + "/" + workMillis + " HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n";
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

    enum Api {
        CORE,
        SERVLET,
        SERVLET_ASYNC
    }

    /// When the handler reads the body.
    private enum BodyRead {
        EARLY,
        LATE,
        NEVER
    }

    private Handler handler(Api api) {
        return switch (api) {
            case CORE -> new CoreEcho();
            case SERVLET -> Server.servlet(new Echo(false));
            case SERVLET_ASYNC -> Server.servlet(new Echo(true));
        };
    }

    /// Works for a while, unless the context ends, and answers with the body of the request.
    private byte[] echo(Context ctx, String path, dev.ripcord.http.Exchange.Body body) throws IOException {
        contexts.add(new WeakReference<>(ctx));
        String[] words = path.split("/", -1);
        BodyRead read = BodyRead.valueOf(words[1]);
        byte[] bytes = read == BodyRead.EARLY ? body.readAll() : new byte[0];
        try {
            if (ctx.done().await(Duration.ofMillis(Integer.parseInt(words[2])))) {
                throw new IOException("client is gone");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return read == BodyRead.LATE ? body.readAll() : bytes;
    }

    private final class CoreEcho extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            try {
                Context ctx = RipcordHandler.contextOf(request);
                CoreHandler.write(
                        response, echo(ctx, request.getHttpURI().getPath(), () -> CoreHandler.readAll(request)));
                callback.succeeded();
            } catch (IOException e) {
                Response.writeError(request, response, callback, HttpStatus.INTERNAL_SERVER_ERROR_500);
            }
            return true;
        }
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private final class Echo extends HttpServlet {

        private final boolean async;

        Echo(boolean async) {
            this.async = async;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            if (!async) {
                answer(request, response);
                return;
            }
            AsyncContext asyncContext = request.startAsync(request, response);
            asyncContext.setTimeout(0);
            Thread.startVirtualThread(() -> {
                try {
                    answer(request, response);
                } finally {
                    asyncContext.complete();
                }
            });
        }

        private void answer(HttpServletRequest request, HttpServletResponse response) {
            try {
                byte[] body = echo(
                        ContextFilter.contextOf(request),
                        request.getRequestURI(),
                        () -> request.getInputStream().readAllBytes());
                response.setContentLength(body.length);
                response.getOutputStream().write(body);
            } catch (IOException e) {
                response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
            }
        }
    }
}
