package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.tomcat.Exchanges.Exchange;
import dev.ripcord.tomcat.Server.Threads;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.catalina.connector.Connector;

/// The two servers of a test class, and the two outcomes of every scenario: seen or not seen.
final class Scenarios implements AutoCloseable {

    private static final int ROUNDS = 3;

    /// How long a context stays alive whose client has left unseen. Seen it would end in a tenth of that.
    private static final Duration UNSEEN = Duration.ofMillis(150);

    final Exchanges exchanges = new Exchanges();
    private final Map<Threads, Server> servers = new EnumMap<>(Threads.class);
    private final Latencies latencies = new Latencies();
    private final String title;

    Scenarios(String title, Consumer<Connector> options) throws Exception {
        this.title = title;
        for (Threads threads : Threads.values()) {
            servers.put(threads, Server.start(threads, new RipcordValve(), options, exchanges));
        }
    }

    Server server(Mode mode) {
        return requireNonNull(servers.get(mode.threads));
    }

    /// One request of a scenario.
    interface Request {

        /// Sends it and whatever else shall come before the client leaves.
        Leaving send(Exchange exchange) throws Exception;
    }

    /// How the client leaves.
    interface Leaving {

        void leave() throws Exception;
    }

    /// The client leaves a request that is watched already; the context ends for the reason `cause`.
    void seen(String scenario, Mode mode, Class<? extends Throwable> cause, Request request) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Exchange exchange = exchanges.expect();
            awaitArmed(mode, 0);
            Leaving leaving = request.send(exchange);
            exchange.awaitEntered();
            awaitArmed(mode, 1);
            seen(scenario, mode, cause, exchange, leaving);
        }
    }

    /// The client leaves as soon as the handler is called; the context ends for the reason `cause`.
    void seenEarly(String scenario, Mode mode, Class<? extends Throwable> cause, Request request) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Exchange exchange = exchanges.expect();
            Leaving leaving = request.send(exchange);
            exchange.awaitEntered();
            seen(scenario, mode, cause, exchange, leaving);
        }
    }

    private void seen(String scenario, Mode mode, Class<? extends Throwable> cause, Exchange exchange, Leaving leaving)
            throws Exception {
        long leftNanos = System.nanoTime();
        leaving.leave();
        assertThat(exchange.awaitCause()).isExactlyInstanceOf(cause);
        latencies.add(scenario, mode, exchange.millisSince(leftNanos));
        awaitIdle(mode);
    }

    /// The client leaves and nothing tells; the context ends with the handler.
    void unseen(Mode mode, Request request) throws Exception {
        Exchange exchange = exchanges.expect();
        Leaving leaving = request.send(exchange);
        exchange.awaitEntered();
        leaving.leave();
        assertThat(exchange.endsWithin(UNSEEN)).as("ended").isFalse();
        exchange.release();
        assertThat(exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
        awaitIdle(mode);
    }

    /// Waits until that many connections are registered. A poll, since what registers them has nobody to tell.
    void awaitArmed(Mode mode, int count) throws InterruptedException {
        DisconnectWatcher watcher = server(mode).valve().watcher();
        Await.until("armed connections: " + count, () -> watcher.registered() == count);
    }

    void awaitIdle(Mode mode) throws InterruptedException {
        RipcordValve valve = server(mode).valve();
        Await.until("no running requests", () -> valve.server().running() == 0);
    }

    @Override
    public void close() throws Exception {
        latencies.print(title);
        for (Server server : servers.values()) {
            server.close();
        }
    }
}
