package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One performance of a scenario: the exchange it is about, and the connections of its client.
final class Act implements AutoCloseable {

    /// When a request is old enough for any adapter to watch it, by default.
    static final Duration OLD_ENOUGH = Duration.ofMillis(60);

    final Exchange exchange;
    private final Exchanges exchanges;
    private final ContractServer server;
    private final Transport transport;
    private final Expectation expectation;
    private final List<AutoCloseable> clients = new ArrayList<>();

    Act(Exchanges exchanges, ContractServer server, Transport transport, Expectation expectation) {
        this.exchange = exchanges.expect();
        this.exchanges = exchanges;
        this.server = server;
        this.transport = transport;
        this.expectation = expectation;
    }

    /// What becomes of a client that has closed its half: it gets its answer, or no answer, or waits while its handler
    /// knows of nothing.
    void receiveHalfClosed(Client client) throws IOException {
        if (!(expectation instanceof Expectation.Seen seen)) {
            return;
        }
        if (seen.answered()) {
            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
        } else {
            assertThatThrownBy(client::receive).isInstanceOf(IOException.class);
        }
    }

    Client connect() throws IOException {
        Client client = transport == Transport.TLS ? Client.tls(server.port()) : Client.plain(server.port());
        clients.add(client);
        return client;
    }

    Http2Client connectHttp2() throws IOException {
        Http2Client client = new Http2Client(server.port());
        clients.add(client);
        return client;
    }

    /// Another request beside the exchange, whose handler waits for nothing.
    Exchange another() {
        Exchange another = exchanges.expect();
        another.release();
        return another;
    }

    /// Another request beside the exchange, whose client will be gone: its handler neither waits nor answers.
    Exchange anotherWithoutAnswer() {
        Exchange another = exchanges.expect();
        another.finish();
        return another;
    }

    /// Another request beside the exchange.
    Exchange anotherThatWaits() {
        return exchanges.expect();
    }

    String path() {
        return server.path();
    }

    String path(Exchange exchange) {
        return path() + "?id=" + exchange.id;
    }

    String get(Exchange exchange) {
        return Client.get(path(), exchange);
    }

    /// A request whose handler reads the body.
    String post(Exchange exchange, String headers, String body) {
        return Client.post(path(), exchange, true, headers, body);
    }

    /// A request whose handler does not read the body.
    String postUnread(Exchange exchange, String headers, String body) {
        return Client.post(path(), exchange, false, headers, body);
    }

    /// Waits until that many connections are watched, if that can be told, or for as long as it takes.
    void awaitWatched(int connections) {
        if (transport == Transport.HTTP2 || server.watched().isEmpty()) {
            Await.pass(OLD_ENOUGH);
        } else {
            Await.until(
                    "watched connections: " + connections,
                    () -> server.watched().getAsInt() == connections);
        }
    }

    /// Waits until bytes that follow the request have ended the watching. Where they do not: for as long as it takes.
    void awaitBytesNoticed() {
        if (expectation instanceof Expectation.Blind) {
            awaitWatched(0);
        } else {
            Await.pass(OLD_ENOUGH);
        }
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable client : clients) {
            try {
                client.close();
            } catch (IOException e) {
                // it has left in a way of its own
            }
        }
    }
}
