package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What every adapter to an HTTP server promises of requests whose clients stay: where the context comes from, that it
/// ends with the handler, that no byte is lost, and that nothing is left behind.
///
/// An adapter has a subclass, like that of [DisconnectContractTest]. `-Dstress.connections=2000` goes on for longer.
@TestInstance(Lifecycle.PER_CLASS)
public abstract class RequestContractTest {

    private static final int CLIENTS = 16;
    private static final int CONNECTIONS_PER_CLIENT = Integer.getInteger("stress.connections", 12);

    private final Exchanges exchanges = new Exchanges();

    /// Starts a server whose handler calls [Exchanges#handle] for every request of its path, on a thread that may
    /// block and whose current context is the request's.
    ///
    /// @param parent of the contexts of all requests
    /// @param armAfter how old a request is before its client is watched, if that can be set
    protected abstract ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges)
            throws Exception;

    /// The values of that to be tried. The requests take up to 12 ms, so that some end as they begin to be watched.
    protected List<Duration> armAfter() {
        return List.of(Duration.ZERO, Duration.ofMillis(5));
    }

    /// Whether the server speaks HTTP/2 without TLS.
    protected boolean speaksHttp2() {
        return true;
    }

    /// Whether it answers requests that come before the last one was answered.
    ///
    /// @param transport HTTP/1.1, with or without TLS
    protected boolean answersPipelined(Transport transport) {
        return true;
    }

    /// The loggers that have nothing to warn of, whatever clients do.
    protected abstract List<String> loggers();

    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "TLS"})
    void theContextIsCurrentAndEndsWithTheHandler(Transport transport) throws Exception {
        try (ContractServer server = start(transport, Context.background());
                Client client = transport == Transport.TLS ? Client.tls(server.port()) : Client.plain(server.port())) {
            Exchange exchange = send(server, client);
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            assertEndedWithTheHandler(exchange, server);
        }
    }

    @Test
    void theContextIsCurrentAndEndsWithTheHandlerOverHttp2() throws Exception {
        assumeTrue(speaksHttp2(), "no HTTP/2");
        try (ContractServer server = start(Transport.HTTP2, Context.background());
                Http2Client client = new Http2Client(server.port())) {
            Exchange exchange = exchanges.expect();
            client.get(1, server.path() + "?id=" + exchange.id);
            exchange.release();

            assertThat(client.receive(1)).isEqualTo("answer " + exchange.id);
            assertEndedWithTheHandler(exchange, server);
        }
    }

    private static void assertEndedWithTheHandler(Exchange exchange, ContractServer server) throws Exception {
        assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
        assertThat(exchange.wasCurrent()).isTrue();
        Await.until("no running requests", () -> server.running() == 0);
    }

    @Test
    void theContextHasTheValuesAndTheEndOfItsParent() throws Exception {
        Key<String> name = Key.of("name", String.class);
        try (CancellableContext parent = Context.background().withCancel();
                ContractServer server = start(Transport.HTTP1, parent.withValue(name, "shop"));
                Client client = Client.plain(server.port())) {
            Exception why = new Exception("closing time");
            Exchange exchange = send(server, client);
            Context ctx = exchange.awaitContext();

            assertThat(ctx.value(name)).isEqualTo("shop");
            parent.cancel(why);

            assertThat(exchange.awaitCause()).isSameAs(why);
        }
    }

    /// Hundreds of requests: every answer that is waited for is right to the last byte, and nothing is left behind.
    @ParameterizedTest
    @MethodSource
    void noByteIsLostAndNothingIsLeftBehind(Transport transport, Duration armAfter) throws Exception {
        long seed = System.nanoTime();
        Exchanges many = new Exchanges();
        Workload workload = many.workload();
        try (Logged logged = new Logged(Level.WARNING, loggers());
                ContractServer server = start(transport, Context.background(), armAfter, many)) {
            int filesBefore = openFiles();

            workload.run(server, transport, answersPipelined(transport), CLIENTS, CONNECTIONS_PER_CLIENT, seed);

            Await.until("no running requests, seed " + seed, () -> server.running() == 0);
            Await.until(
                    "no watched connections, seed " + seed,
                    () -> server.watched().orElse(0) == 0);
            Await.until("file descriptors given back, seed " + seed, () -> openFiles() <= filesBefore + CLIENTS);
            Await.until("contexts collected, seed " + seed, () -> workload.areContextsCollected(CLIENTS));
            assertThat(logged.all()).as("seed " + seed).isEmpty();
        }
        assertThat(workload.answered.get() + workload.brokenOff.get()).isGreaterThan(CLIENTS * CONNECTIONS_PER_CLIENT);
        System.out.printf(
                "%s, armed after %d ms: %d answered, %d broken off%n",
                transport, armAfter.toMillis(), workload.answered.get(), workload.brokenOff.get());
    }

    Stream<Arguments> noByteIsLostAndNothingIsLeftBehind() {
        return Stream.of(Transport.HTTP1, Transport.TLS)
                .flatMap(transport -> armAfter().stream().map(armAfter -> Arguments.of(transport, armAfter)));
    }

    private ContractServer start(Transport transport, Context parent) throws Exception {
        return start(transport, parent, armAfter().getLast(), exchanges);
    }

    private Exchange send(ContractServer server, Client client) throws IOException {
        Exchange exchange = exchanges.expect();
        client.send(Client.get(server.path(), exchange));
        return exchange;
    }

    private static int openFiles() {
        String[] files = new File("/proc/self/fd").list();
        return files == null ? 0 : files.length;
    }
}
