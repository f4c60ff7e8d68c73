package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every adapter to an HTTP server promises of its orderly stop: it lets nobody else in, cuts no request that
/// could finish within the grace, cancels those that have not, and logs which they were.
///
/// An adapter has a subclass, like that of [DisconnectContractTest].
@TestInstance(Lifecycle.PER_CLASS)
public abstract class ShutdownContractTest {

    /// For the tests of an adapter's own, too.
    protected final Exchanges exchanges = new Exchanges();

    /// Starts a server whose handler calls [Exchanges#handle] for every request of its path, on a thread that may
    /// block.
    protected abstract StoppableServer start(Transport transport, Exchanges exchanges) throws Exception;

    /// What the server speaks, without TLS.
    protected Stream<Transport> transports() {
        return Stream.of(Transport.HTTP1, Transport.HTTP2);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void requestsThatFinishWithinTheGraceAreAnsweredAndNotCancelled(Transport transport) throws Exception {
        try (StoppableServer server = start(transport, exchanges);
                Caller kept = Caller.connect(transport, server);
                Caller fresh = Caller.connect(transport, server)) {
            // not released at once: Tomcat, with our adapter or without, may lose the answer to an asynchronous
            // request of HTTP/2 that is complete before the container's thread has returned
            Exchange before = begin(kept);
            before.release();
            assertThat(kept.receive(before)).isEqualTo("answer " + before.id);
            Exchange first = begin(kept);
            Exchange last = begin(fresh);

            CompletableFuture<Integer> shutdown = inBackground(() -> server.shutdown(Exchanges.GUARD));
            awaitRefused(server, exchanges);
            first.release();

            assertThat(kept.receive(first)).isEqualTo("answer " + first.id);
            assertThat(first.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            assertThat(shutdown).isNotDone();
            last.release();

            assertThat(fresh.receive(last)).isEqualTo("answer " + last.id);
            assertThat(last.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            assertThat(get(shutdown)).isZero();
        }
    }

    @Test
    void aRequestWhoseBodyIsStillOnItsWayIsAnsweredToo() throws Exception {
        try (StoppableServer server = start(Transport.HTTP1, exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            exchange.release();
            client.send(Client.post(server.path(), exchange, true, "Content-Length: 10\r\n", "hello"));
            exchange.awaitContext();

            CompletableFuture<Integer> shutdown = inBackground(() -> server.shutdown(Exchanges.GUARD));
            awaitRefused(server, exchanges);
            client.send("world");

            assertThat(client.receive()).isEqualTo("answer " + exchange.id + " helloworld");
            assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
            assertThat(get(shutdown)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aRequestThatOutlivesTheGraceIsNamedAndCancelledAndMayStillAnswer(Transport transport) throws Exception {
        Duration grace = Duration.ofMillis(50);
        try (StoppableServer server = start(transport, exchanges);
                Caller caller = Caller.connect(transport, server);
                Logged logged = new Logged(Level.WARNING, "dev.ripcord.http")) {
            Exchange laggard = begin(caller);

            int cancelled = server.shutdown(grace);

            assertThat(cancelled).isEqualTo(1);
            assertThat(laggard.awaitCause())
                    .isInstanceOfSatisfying(
                            ServerStoppingException.class,
                            cause -> assertThat(cause.grace()).isEqualTo(grace));
            assertThat(caller.receive(laggard)).isEqualTo("answer " + laggard.id);
            assertThat(logged.all())
                    .singleElement()
                    .asString()
                    .matches(
                            "server stopping: cancelled 1 requests that had not finished after a grace of PT0\\.05S: GET "
                                    + server.path() + " \\d+ms"
                                    + (server.tellsWhereBlocked()
                                            ? " at dev\\.ripcord\\.http\\.Exchange\\.handle"
                                            : ""));
        }
    }

    @Test
    void aServerWithoutRequestsStopsAtOnce() throws Exception {
        try (StoppableServer server = start(Transport.HTTP1, exchanges)) {
            assertThat(get(inBackground(() -> server.shutdown(Duration.ofHours(1)))))
                    .isZero();
        }
    }

    @Test
    void aNegativeGraceIsRefused() throws Exception {
        try (StoppableServer server = start(Transport.HTTP1, exchanges)) {
            assertThatThrownBy(() -> server.shutdown(Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("grace < 0: PT-1S");
        }
    }

    private Exchange begin(Caller caller) throws IOException, InterruptedException {
        Exchange exchange = exchanges.expect();
        caller.send(exchange);
        exchange.awaitEntered();
        return exchange;
    }

    /// Calls on a thread of its own.
    public static <T> CompletableFuture<T> inBackground(Callable<T> callable) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                result.complete(callable.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /// The result, within the guard.
    public static <T> T get(CompletableFuture<T> result) throws Exception {
        return result.get(Exchanges.GUARD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Waits until a new connection is refused, or closed or turned away without the handler's answer.
    public static void awaitRefused(StoppableServer server, Exchanges exchanges) throws InterruptedException {
        Await.until("new requests refused", () -> {
            Exchange probe = exchanges.expect();
            probe.release();
            try (Client client = Client.plain(server.port())) {
                client.setPatience(Duration.ofSeconds(1));
                client.send(Client.get(server.path(), probe));
                client.receive();
                return false;
            } catch (SocketTimeoutException e) {
                return false; // accepted at the very last moment, which Jetty then forgets
            } catch (IOException e) {
                return true;
            }
        });
    }

    /// One connection of a client, in either protocol.
    private interface Caller extends AutoCloseable {

        void send(Exchange exchange) throws IOException;

        String receive(Exchange exchange) throws IOException;

        @Override
        void close() throws IOException;

        static Caller connect(Transport transport, StoppableServer server) throws IOException {
            return transport == Transport.HTTP2
                    ? new Http2Caller(new Http2Client(server.port()), server.path())
                    : new Http1Caller(Client.plain(server.port()), server.path());
        }
    }

    private record Http1Caller(Client client, String path) implements Caller {

        @Override
        public void send(Exchange exchange) throws IOException {
            client.send(Client.get(path, exchange));
        }

        @Override
        public String receive(Exchange exchange) throws IOException {
            return client.receive();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static final class Http2Caller implements Caller {

        private final Http2Client client;
        private final String path;
        private int stream = -1;

        Http2Caller(Http2Client client, String path) {
            this.client = client;
            this.path = path;
        }

        @Override
        public void send(Exchange exchange) throws IOException {
            stream += 2;
            client.get(stream, path + "?id=" + exchange.id);
        }

        /// The answer to the last that was sent.
        @Override
        public String receive(Exchange exchange) throws IOException {
            return client.receive(stream);
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }
}
