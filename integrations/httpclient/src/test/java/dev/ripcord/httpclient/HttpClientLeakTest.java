package dev.ripcord.httpclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.testkit.RealTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What aborted exchanges leave behind: nothing.
class HttpClientLeakTest {

    private static final int CALLS = 1_000;
    private static final int AT_A_TIME = 16;

    @ParameterizedTest
    @CsvSource({"HTTP_1_1, PLATFORM", "HTTP_1_1, VIRTUAL", "HTTP_2, PLATFORM", "HTTP_2, VIRTUAL"})
    void aThousandAbortedCallsLeaveNoThreadNoRegistrationAndNoSocket(Protocol protocol, Caller.Kind thread)
            throws Exception {
        long seed = System.nanoTime();
        Listened foreign = new Listened();

        try (WireServer server = protocol.server();
                HttpClient client = protocol.client()) {
            ContextHttpClient http = ContextHttpClient.of(client);
            Context ctx = Context.of(foreign);
            http.send(ctx, server.get(), BodyHandlers.discarding());
            Set<String> threads = threads();

            int aborted = abort(http, ctx, server, thread, new Random(seed));

            assertThat(aborted).as("seed %d", seed).isEqualTo(CALLS);
            assertThat(foreign.listeners()).as("seed %d", seed).isZero();
            int kept = protocol == Protocol.HTTP_2 ? 1 : 0;
            RealTime.await("open connections: " + kept + ", seed " + seed, () -> server.open() == kept);
            RealTime.await("no threads but " + threads + ", seed " + seed, () -> threads.containsAll(threads()));

            server.answering(WireServer.Script.WHOLE);
            assertThat(http.send(ctx, server.get(), BodyHandlers.ofString()).body())
                    .isEqualTo(WireServer.WHOLE_BODY);
        }
    }

    /// @return how many calls ended with the context's exception
    private static int abort(ContextHttpClient http, Context ctx, WireServer server, Caller.Kind thread, Random random)
            throws Exception {
        AtomicInteger aborted = new AtomicInteger();
        Stage[] stages = Stage.values();
        try (ExecutorService callers = Executors.newFixedThreadPool(AT_A_TIME, thread.factory())) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                Stage stage = stages[i % stages.length];
                Duration budget = Duration.ofNanos(random.nextInt(1, 20_000_000));
                calls.add(callers.submit(() -> {
                    server.answering(stage.script());
                    try (var call = ctx.withTimeout(budget)) {
                        stage.call(http, call, server.get(), () -> {});
                    } catch (ContextException e) {
                        aborted.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get(10, TimeUnit.SECONDS);
            }
        }
        return aborted.get();
    }

    /// The names of the live platform threads; without Ripcord's own and the client's workers, which end when they have
    /// been idle for a while, the JVM's for virtual threads, and the server's, which stand for its connections.
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.matches("(ripcord-|HttpClient-\\d+-Worker|VirtualThread-|ForkJoinPool|wire-).*"))
                .collect(Collectors.toSet());
    }

    @Test
    @EnabledOnOs(OS.LINUX) // for the backlog's semantics and the list of sockets
    void anAbandonedConnectReleasesTheCallerAtOnceAndLeavesNoSocket() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpClient client = Protocol.HTTP_1_1.client();
                var ctx = Context.background().withCancel()) {
            ContextHttpClient http = ContextHttpClient.of(client);
            List<Socket> backlog = fill(full);
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + full.getLocalPort()))
                    .build();

            Caller caller = Caller.Kind.VIRTUAL.calls(() -> http.send(ctx, request, BodyHandlers.ofString()));
            RealTime.await("one connects", () -> connecting(full.getLocalPort()) == 1);
            ctx.cancel();

            assertThat(caller.failure()).isInstanceOf(CancelledException.class);
            RealTime.await("none connects", () -> connecting(full.getLocalPort()) == 0);
            for (Socket socket : backlog) {
                socket.close();
            }
        }
    }

    /// Connects until there is no more room, and gives up the attempt that found none.
    private static List<Socket> fill(ServerSocket server) throws IOException {
        List<Socket> connected = new ArrayList<>();
        while (true) {
            Socket socket = new Socket();
            try {
                socket.connect(server.getLocalSocketAddress(), 200);
                connected.add(socket);
            } catch (SocketTimeoutException e) {
                socket.close();
                return connected;
            }
        }
    }

    /// How many sockets are connecting to `port`: in the state SYN_SENT, which is 02.
    private static long connecting(int port) {
        String row = ".*:%04X 02 .*".formatted(port);
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .flatMap(file -> lines(Path.of(file)).stream())
                .filter(line -> line.matches(row))
                .count();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
