package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.testkit.RealTime;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// The shop as the tests use it, on free ports, with a small catalogue: one on each server for all of them.
///
/// Its database is an embedded one, or that of the JDBC URL in `RIPCORD_TEST_POSTGRES`.
final class RunningShop implements AutoCloseable {

    static final long PRODUCTS = 2_000;

    private final Shop shop;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private RunningShop(Server server) throws SQLException {
        Options options = new Options();
        options.server = server;
        options.port = 0;
        options.database = System.getenv("RIPCORD_TEST_POSTGRES");
        options.products = PRODUCTS;
        options.usersLatency = Duration.ofMillis(5);
        options.drain = Duration.ofSeconds(1);
        shop = Shop.start(Context.background(), options, line -> {});
    }

    URI uri() {
        return shop.uri();
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri().resolve(path)), headers);
    }

    HttpResponse<String> send(HttpRequest.Builder request, String... headers) throws IOException, InterruptedException {
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> getAsync(String path, String traceId) {
        HttpRequest request = HttpRequest.newBuilder(uri().resolve(path))
                .header("X-Trace-Id", traceId)
                .timeout(Duration.ofSeconds(20))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString());
    }

    /// A client that has asked for `path` over HTTP/1.1 and not yet been answered; closing it is hanging up.
    Socket ask(String path, String traceId) throws IOException {
        Socket socket = new Socket(uri().getHost(), uri().getPort());
        String request = "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Trace-Id: %s\r\n\r\n".formatted(path, traceId);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    Statements.Activity active() {
        try {
            return Json.read(get("/active").body(), Statements.Activity.class);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Whether the database runs a statement of the request with this trace id.
    boolean runs(String traceId) {
        return active().statements().stream().anyMatch(statement -> traceId.equals(statement.traceId()));
    }

    /// The process of the database that runs the statement of the request with this trace id.
    long backendOf(String traceId) {
        return active().statements().stream()
                .filter(statement -> traceId.equals(statement.traceId()))
                .mapToLong(Statements.Running::pid)
                .findFirst()
                .orElseThrow();
    }

    /// How many requests for users the users API has in work.
    int usersRunning() {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(shop.usersUri().resolve("/active"));
            return Json.read(send(request).body(), UsersApi.Activity.class).running();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// How the log says that the request with this trace id ended.
    String logLine(String traceId) {
        return awaitPresent(
                "a log line of " + traceId,
                Duration.ofSeconds(10),
                () -> log().stream()
                        .filter(line -> traceId.equals(line.traceId()))
                        .map(RequestLog.Line::ending)
                        .findFirst());
    }

    private List<RequestLog.Line> log() {
        try {
            return Arrays.asList(Json.read(get("/log").body(), RequestLog.Line[].class));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Asks an outside system until it says yes; gives up after 10 s.
    ///
    /// @return how long that took, in nanoseconds
    static long await(String what, BooleanSupplier condition) {
        return await(what, Duration.ofSeconds(10), condition);
    }

    static long await(String what, Duration atMost, BooleanSupplier condition) {
        long start = System.nanoTime();
        RealTime.await(what, atMost, condition);
        return System.nanoTime() - start;
    }

    /// Asks an outside system until it has an answer.
    static <T> T awaitPresent(String what, Duration atMost, Supplier<Optional<T>> question) {
        AtomicReference<Optional<T>> answer = new AtomicReference<>(Optional.empty());
        RealTime.await(what, atMost, () -> {
            answer.set(question.get());
            return answer.get().isPresent();
        });
        return answer.get().orElseThrow();
    }

    /// Prints the figures of a measurement.
    static void report(String what, List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "measured: %s: median %.1f ms, max %.1f ms, n = %d%n",
                what,
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.getLast() / 1e6,
                sorted.size());
    }

    @Override
    public void close() {
        http.close();
        shop.close();
    }

    /// The shops of all tests: each is started when it is first asked for, and stopped after the last test.
    static final class Shops implements AutoCloseable {

        private final Map<Server, RunningShop> running = new EnumMap<>(Server.class);

        synchronized RunningShop on(Server server) {
            return running.computeIfAbsent(server, kind -> {
                try {
                    return new RunningShop(kind);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        @Override
        public synchronized void close() {
            running.values().forEach(RunningShop::close);
        }
    }

    /// Gives tests the shops.
    static final class Resolver implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == Shops.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            return test.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).computeIfAbsent(Shops.class);
        }
    }
}
