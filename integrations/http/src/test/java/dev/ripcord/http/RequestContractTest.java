package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an adapter promises of requests whose clients stay: where the context comes from, that it ends with the
/// handler, how the server stops, and that nothing is left behind.
///
/// `-Dstress.connections=2000` goes on for longer.
public abstract class RequestContractTest {

    private static final int CLIENTS = 16;
    private static final int CONNECTIONS_PER_CLIENT = Integer.getInteger("stress.connections", 30);

    private static final Duration GRACE = Duration.ofMillis(50);

    private final Exchanges exchanges = new Exchanges();

    /// Starts a server whose handler calls [Exchanges#handle] for every request of its path, on a thread that may
    /// block and whose current context is the request's.
    ///
    /// @param parent of the contexts of all requests
    protected abstract StoppableServer start(Transport transport, Context parent, Exchanges exchanges) throws Exception;

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

    @Nested
    class TheContext {

        @ParameterizedTest
        @EnumSource(names = {"HTTP1", "TLS"})
        void isCurrentAndEndsWithTheHandler(Transport transport) throws Exception {
            try (StoppableServer server = start(transport);
                    Client client = transport == Transport.TLS ? Client.tls(server.port()) : connect(server)) {
                Exchange exchange = send(server, client);
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
                assertThat(exchange.wasCurrent()).isTrue();
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void isCurrentAndEndsWithTheHandlerOverHttp2() throws Exception {
            assumeTrue(speaksHttp2(), "no HTTP/2");
            try (StoppableServer server = start(Transport.HTTP2);
                    Http2Client client = new Http2Client(server.port())) {
                Exchange exchange = exchanges.expect();
                client.get(1, server.path() + "?id=" + exchange.id);
                exchange.release();

                assertThat(client.receive(1)).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
                assertThat(exchange.wasCurrent()).isTrue();
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void hasTheValuesAndTheEndOfItsParent() throws Exception {
            Key<String> name = Key.of("name", String.class);
            try (CancellableContext parent = Context.background().withCancel();
                    StoppableServer server =
                            RequestContractTest.this.start(Transport.HTTP1, parent.withValue(name, "shop"), exchanges);
                    Client client = connect(server)) {
                Exception why = new Exception("closing time");
                Exchange exchange = send(server, client);
                Context ctx = exchange.awaitContext();

                assertThat(ctx.value(name)).isEqualTo("shop");
                parent.cancel(why);

                assertThat(exchange.awaitCause()).isSameAs(why);
            }
        }
    }

    @Nested
    class AShutdown {

        @Test
        void letsARequestFinishWithinTheGraceAndDoesNotCancelIt() throws Exception {
            try (StoppableServer server = start(Transport.HTTP1);
                    Client client = connect(server)) {
                Exchange exchange = send(server, client);
                exchange.awaitEntered();

                CompletableFuture<Integer> shutdown = inBackground(server, Exchanges.GUARD);
                ShutdownContractTest.awaitRefused(server, exchanges);
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
                assertThat(shutdown.get(20, TimeUnit.SECONDS)).isZero();
            }
        }

        @Test
        void cancelsARequestThatOutlivesTheGraceAndItMayStillAnswer() throws Exception {
            try (StoppableServer server = start(Transport.HTTP1);
                    Client client = connect(server)) {
                Exchange exchange = send(server, client);
                exchange.awaitEntered();

                int cancelled = server.shutdown(GRACE);

                assertThat(cancelled).isEqualTo(1);
                assertStopping(exchange);
                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            }
        }

        @Test
        void cancelsARequestOverHttp2Too() throws Exception {
            assumeTrue(speaksHttp2(), "no HTTP/2");
            try (StoppableServer server = start(Transport.HTTP2);
                    Http2Client client = new Http2Client(server.port())) {
                Exchange exchange = exchanges.expect();
                client.get(1, server.path() + "?id=" + exchange.id);
                exchange.awaitEntered();

                int cancelled = server.shutdown(GRACE);

                assertThat(cancelled).isEqualTo(1);
                assertStopping(exchange);
            }
        }

        @Test
        void isOverAtOnceIfNothingRuns() throws Exception {
            try (StoppableServer server = start(Transport.HTTP1)) {
                assertThat(inBackground(server, Duration.ofHours(1)).get(20, TimeUnit.SECONDS))
                        .isZero();
            }
        }

        @Test
        void refusesANegativeGrace() throws Exception {
            try (StoppableServer server = start(Transport.HTTP1)) {
                assertThatThrownBy(() -> server.shutdown(Duration.ofSeconds(-1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("grace < 0: PT-1S");
            }
        }

        private static void assertStopping(Exchange exchange) throws InterruptedException {
            assertThat(exchange.awaitCause())
                    .isInstanceOfSatisfying(
                            ServerStoppingException.class,
                            cause -> assertThat(cause.grace()).isEqualTo(GRACE));
        }

        private static CompletableFuture<Integer> inBackground(StoppableServer server, Duration grace) {
            CompletableFuture<Integer> cancelled = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    cancelled.complete(server.shutdown(grace));
                } catch (InterruptedException e) {
                    cancelled.completeExceptionally(e);
                }
            });
            return cancelled;
        }
    }

    /// Thousands of requests: every answer that is waited for is right to the last byte, and nothing is left behind.
    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "TLS"})
    void noByteIsLostAndNothingIsLeftBehind(Transport transport) throws Exception {
        long seed = System.nanoTime();
        Workload workload = exchanges.workload();
        try (Warnings warnings = new Warnings(loggers());
                StoppableServer server = start(transport)) {
            int filesBefore = openFiles();

            workload.run(server, transport, answersPipelined(transport), CLIENTS, CONNECTIONS_PER_CLIENT, seed);

            Await.until("no running requests, seed " + seed, () -> server.running() == 0);
            Await.until("file descriptors given back, seed " + seed, () -> openFiles() <= filesBefore + CLIENTS);
            Await.until("contexts collected, seed " + seed, () -> workload.areContextsCollected(CLIENTS));
            assertThat(warnings.all).as("seed " + seed).isEmpty();
        }
        assertThat(workload.answered.get() + workload.brokenOff.get()).isGreaterThan(CLIENTS * CONNECTIONS_PER_CLIENT);
        System.out.printf(
                "%s: %d answered, %d broken off%n", transport, workload.answered.get(), workload.brokenOff.get());
    }

    private StoppableServer start(Transport transport) throws Exception {
        return start(transport, Context.background(), exchanges);
    }

    private static Client connect(ContractServer server) throws IOException {
        return Client.plain(server.port());
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

    /// What is warned of.
    private static final class Warnings extends Handler implements AutoCloseable {

        final Queue<String> all = new ConcurrentLinkedQueue<>();
        private final List<Logger> loggers;

        Warnings(List<String> names) {
            setLevel(Level.WARNING);
            loggers = names.stream().map(Logger::getLogger).toList();
            loggers.forEach(logger -> logger.addHandler(this));
        }

        @Override
        public void publish(LogRecord entry) {
            if (isLoggable(entry)) {
                all.add(entry.getLoggerName() + " " + entry.getMessage() + " " + entry.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            loggers.forEach(logger -> logger.removeHandler(this));
        }
    }
}
