package dev.ripcord.httpclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// An exchange ends with its context at every stage, over every protocol, on every kind of thread.
class AbortTest {

    static final Map<Protocol, HttpClient> CLIENTS = new EnumMap<>(Protocol.class);

    @AfterAll
    static void closeClients() {
        CLIENTS.values().forEach(HttpClient::shutdownNow);
        CLIENTS.clear();
    }

    static Stream<Arguments> everywhere() {
        return Stream.of(Protocol.values())
                .flatMap(protocol -> Stream.of(Stage.values())
                        .flatMap(stage ->
                                Stream.of(Caller.Kind.values()).map(thread -> Arguments.of(protocol, stage, thread))));
    }

    static Stream<Arguments> everywhereWithoutTls() {
        return everywhere().filter(arguments -> arguments.get()[0] != Protocol.HTTP_1_1_OVER_TLS);
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void cancellingReachesTheWireAndTheCaller(Protocol protocol, Stage stage, Caller.Kind thread) throws Exception {
        ContextHttpClient http = client(protocol);
        CountDownLatch reached = new CountDownLatch(1);
        IOException reason = new IOException("client has gone");

        try (WireServer server = protocol.server();
                var parent = Context.background().withCancel();
                var ctx = parent.withTimeout(Duration.ofMinutes(1))) {
            warmUp(http, server, ctx);
            server.answering(stage.script());
            Caller caller = thread.calls(() -> {
                stage.call(http, ctx, server.get(), reached::countDown);
                return null;
            });
            assertThat(server.next().kind()).isEqualTo(WireServer.Kind.REQUEST);
            assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();

            parent.cancel(reason);

            assertThat(server.next().kind()).isEqualTo(protocol.end());
            Throwable failure = caller.failure();
            assertThat(failure).isInstanceOf(CancelledException.class).hasCause(reason);
            assertThat(ctx.cause()).contains(reason);
        }
    }

    @ParameterizedTest
    @MethodSource("everywhereWithoutTls")
    void theDeadlineReachesTheWireAndTheCaller(Protocol protocol, Stage stage, Caller.Kind thread) throws Exception {
        ContextHttpClient http = client(protocol);
        Duration budget = Duration.ofMillis(300);

        try (WireServer server = protocol.server();
                var parent = Context.background().withTimeout(Duration.ofMinutes(1), "request")) {
            warmUp(http, server, parent);
            server.answering(stage.script());
            Caller caller = thread.calls(() -> {
                try (var ctx = parent.withTimeout(budget, "lookup")) {
                    stage.call(http, ctx, server.get(), () -> {});
                }
                return null;
            });
            assertThat(server.next().kind()).isEqualTo(WireServer.Kind.REQUEST);

            assertThat(server.next().kind()).isEqualTo(protocol.end());
            assertThat(caller.failure()).isInstanceOfSatisfying(DeadlineExceededException.class, e -> {
                assertThat(e.name()).contains("lookup");
                assertThat(e.budget()).contains(budget);
            });
        }
    }

    /// So that neither class loading nor HTTP/2's upgrade is in the way of what is tested.
    private static void warmUp(ContextHttpClient http, WireServer server, Context ctx) throws Exception {
        http.send(ctx, server.get(), BodyHandlers.discarding());
        assertThat(server.next().kind()).isEqualTo(WireServer.Kind.REQUEST);
    }

    private static ContextHttpClient client(Protocol protocol) {
        return ContextHttpClient.of(CLIENTS.computeIfAbsent(protocol, Protocol::client));
    }
}
