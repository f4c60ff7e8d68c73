package dev.ripcord.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.ripcord.testkit.RealTime;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A client that leaves, on each server: what it asked for is gone soon after. Prints how soon; `-Drounds=50` measures
/// more often.
@ParameterizedClass
@EnumSource(Server.class)
@ExtendWith(RunningShop.Resolver.class)
class HangUpTest {

    private static final int ROUNDS = Integer.getInteger("rounds", 3);
    private static final Duration SOON = Duration.ofSeconds(2);

    /// When a request's connection is watched.
    private static final Duration OLD_ENOUGH = Duration.ofMillis(100);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Server server;
    private final RunningShop shop;

    HangUpTest(Server server, RunningShop.Shops shops) {
        this.server = server;
        this.shop = shops.on(server);
    }

    @Test
    void closingAnHttp1ConnectionEndsItsStatement() throws Exception {
        measure("HTTP/1.1 connection closed, statement gone", traceId -> shop.ask("/search?q=a&work=30s", traceId));
    }

    @Test
    void resettingAnHttp2StreamEndsItsStatement() throws Exception {
        measure("HTTP/2 stream reset, statement gone", traceId -> {
            RawHttp2 client = new RawHttp2(shop.uri(), "/search?q=a&work=30s", traceId);
            return client::reset;
        });
    }

    @Test
    void closingAnHttp2ConnectionEndsItsStatement() throws Exception {
        measure(
                "HTTP/2 connection closed, statement gone",
                traceId -> new RawHttp2(shop.uri(), "/search?q=a&work=30s", traceId));
    }

    @Test
    void aClientThatAsksToUpgradeToHttp2IsSeenToLeaveToo() throws Exception {
        String upgrade = "\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk";
        measure(
                "HTTP/1.1 connection with Upgrade: h2c closed, statement gone",
                traceId -> shop.ask("/search?q=a&work=30s", traceId + upgrade));
    }

    @Test
    void closingTheConnectionEndsTheCallToTheUsersApi() throws Exception {
        List<Long> nanos = new ArrayList<>();
        shop.get("/users/7");
        for (int round = 0; round < ROUNDS; round++) {
            Socket client = shop.ask("/users/7?latency=4s", "users-" + round);
            RunningShop.await("the call to arrive", () -> shop.usersRunning() == 1);
            RealTime.pass(OLD_ENOUGH);
            client.close();
            nanos.add(RunningShop.await("the call to end", () -> shop.usersRunning() == 0));
        }

        RunningShop.report(server + ": HTTP/1.1 connection closed, call to the users API gone", nanos);
        assertThat(nanos).allMatch(took -> took < SOON.toNanos());
        assertThat(shop.logLine("users-0")).contains("ended by its client", "client closed the connection");
    }

    @Test
    void aThousandAbortedRequestsLeaveNothing(@TempDir Path folder) throws Exception {
        abort(64, "warm-");
        awaitNothingLeft();
        Map<String, Long> before = platformThreads();

        abort(1_000, "abort-");

        awaitNothingLeft();
        assertThat(shop.get("/products/17").body()).contains("\"desert ceramic anchor\"");
        // helpers that are idle leave after 10 s
        RunningShop.await("threads to leave", PATIENCE, () -> extra(before).isEmpty());
        assertThat(dump(folder)).doesNotContain("dev.ripcord.shop.Handlers");
    }

    /// Starts that many searches, 16 at a time, and leaves each at a random moment.
    private void abort(int requests, String traceIds) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<Callable<Void>> clients = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            String traceId = traceIds + i;
            Duration patience = Duration.ofNanos(random.nextLong(80_000_000));
            clients.add(() -> {
                try (Socket client = shop.ask("/search?q=a&work=30s", traceId)) {
                    RealTime.pass(patience);
                }
                return null;
            });
        }
        try (ExecutorService sixteen = Executors.newFixedThreadPool(16)) {
            for (Future<Void> client : sixteen.invokeAll(clients)) {
                client.get();
            }
        }
        System.out.println("seed " + seed);
    }

    private void awaitNothingLeft() {
        RunningShop.await("no statement, and no connection busy or missing", PATIENCE, () -> {
            Statements.Activity activity = shop.active();
            return activity.statements().isEmpty() && activity.busyConnections() == 0 && activity.connections() == 16;
        });
    }

    private static Map<String, Long> platformThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceAll("\\d+", "#"))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /// The threads that there are more of than before. The JVM's own carriers of virtual threads come and go; Jetty's
    /// pool gives back one a minute.
    private static Map<String, Long> extra(Map<String, Long> before) {
        Map<String, Long> extra = platformThreads();
        extra.replaceAll((name, count) -> count - before.getOrDefault(name, 0L));
        extra.entrySet()
                .removeIf(thread -> thread.getValue() <= 0 || thread.getKey().matches("(ForkJoinPool|qtp).*"));
        return extra;
    }

    /// All threads, virtual ones included.
    private static String dump(Path folder) throws Exception {
        Path file = folder.resolve("threads.json");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
        return Files.readString(file);
    }

    /// Has a client ask for a slow search, and leave when it runs; prints how long the statement outlives that.
    private void measure(String what, Client client) throws Exception {
        List<Long> nanos = new ArrayList<>();
        String traceId = "";
        for (int round = 0; round < ROUNDS; round++) {
            traceId = "hang-up-" + Integer.toHexString(System.identityHashCode(client)) + "-" + round;
            AutoCloseable leave = client.ask(traceId);
            String asked = traceId;
            RunningShop.await("the statement to run", () -> shop.runs(asked));
            RealTime.pass(OLD_ENOUGH);
            leave.close();
            nanos.add(RunningShop.await("the statement to end", () -> !shop.runs(asked)));
        }

        RunningShop.report(server + ": " + what, nanos);
        assertThat(nanos).allMatch(took -> took < SOON.toNanos());
        assertThat(shop.logLine(traceId)).startsWith("ended by its client after ");
    }

    /// Asks, and returns what makes it leave.
    private interface Client {
        AutoCloseable ask(String traceId) throws Exception;
    }
}
