package dev.ripcord.http;

import static dev.ripcord.http.Expectation.seen;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;

/// What a client does: one row of the contract that all adapters share.
///
/// A *departure* sends a request, and leaves in some way while the handler is blocked. A *control* stays, and gets all
/// that it asks for, unchanged and in order.
public enum Scenario {

    // ------------------------------------------------------------------------------------ departures, HTTP/1.1

    CLOSE(Transport.HTTP1, "close", gone(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::close;
    }),

    CLOSE_AT_ONCE(Transport.HTTP1, "close at once", gone(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::close;
    }),

    RESET(Transport.HTTP1, "reset", seen(ConnectionResetException.class), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::reset;
    }),

    HALF_CLOSE(Transport.HTTP1, "half-close", gone(), Scenario::closeHalf),

    SECOND_ON_KEPT_ALIVE(Transport.HTTP1, "2nd request, close", gone(), act -> {
        Client client = act.connect();
        Exchange first = act.another();
        client.send(act.get(first));
        assertThat(client.receive()).isEqualTo("answer " + first.id);
        client.send(act.get(act.exchange));
        return client::close;
    }),

    PIPELINED(Transport.HTTP1, "pipelined, close", gone(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange) + act.get(act.anotherWithoutAnswer()));
        return client::close;
    }),

    PIPELINED_LATER(Transport.HTTP1, "pipelined later, close", new Expectation.Blind(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        act.exchange.awaitEntered(); // else both requests may come at once
        act.awaitWatched(1);
        client.send(act.get(act.anotherWithoutAnswer()));
        act.awaitBytesNoticed();
        return client::close;
    }),

    POST_READ(Transport.HTTP1, "body read, close", gone(), act -> {
        Client client = act.connect();
        client.send(act.post(act.exchange, Scenario.FIVE, "hello"));
        return client::close;
    }),

    POST_CHUNKED_READ(Transport.HTTP1, "chunked body read, close", gone(), act -> {
        Client client = act.connect();
        client.send(act.post(act.exchange, Scenario.CHUNKED, "5\r\nhello\r\n0\r\n\r\n"));
        return client::close;
    }),

    POST_CUT_SHORT(Transport.HTTP1, "close while the body is read", gone(), act -> {
        Client client = act.connect();
        client.send(act.post(act.exchange, Scenario.FIVE, "he"));
        return client::close;
    }),

    POST_UNREAD(Transport.HTTP1, "body unread, close", new Expectation.Blind(), act -> {
        Client client = act.connect();
        client.send(act.postUnread(act.exchange, Scenario.FIVE, "hello"));
        return client::close;
    }),

    POST_PARTIAL_UNREAD(Transport.HTTP1, "part of a body, unread, close", new Expectation.Blind(), act -> {
        Client client = act.connect();
        client.send(act.postUnread(act.exchange, Scenario.FIVE, "he"));
        return client::close;
    }),

    POST_LARGE_UNREAD(Transport.HTTP1, "24 MB unread, close", new Expectation.Blind(), act -> {
        Client client = act.connect();
        String body = "b".repeat(24_000_000);
        Thread sender = Thread.startVirtualThread(() -> {
            try {
                client.send(act.postUnread(act.exchange, "Content-Length: " + body.length() + "\r\n", body));
            } catch (IOException e) {
                // closed below
            }
        });
        return () -> {
            awaitStuck(client, sender);
            client.closeRaw();
        };
    }),

    // -------------------------------------------------------------------------------------- controls, HTTP/1.1

    SLOW_ANSWER(Transport.HTTP1, "slow answer", new Expectation.Undisturbed(), Scenario::slowAnswer),

    KEPT_ALIVE(Transport.HTTP1, "kept alive", new Expectation.Undisturbed(), act -> {
        Client client = act.connect();
        for (int i = 0; i < 2; i++) {
            Exchange before = act.anotherThatWaits();
            client.send(act.get(before));
            act.awaitWatched(1);
            before.release();
            assertThat(client.receive()).isEqualTo("answer " + before.id);
            act.awaitWatched(0);
        }
        client.send(act.get(act.exchange));
        return () -> {
            act.exchange.release();
            assertThat(client.receive()).isEqualTo("answer " + act.exchange.id);
        };
    }),

    PIPELINED_ANSWERS(Transport.HTTP1, "pipelined", new Expectation.Undisturbed(), act -> {
        Client client = act.connect();
        Exchange second = act.anotherThatWaits();
        client.send(act.get(act.exchange) + act.post(second, Scenario.FIVE, "hello"));
        act.awaitWatched(1);
        return () -> {
            act.exchange.release();
            second.release();
            assertThat(client.receive()).isEqualTo("answer " + act.exchange.id);
            assertThat(client.receive()).isEqualTo("answer " + second.id + " hello");
        };
    }),

    PIPELINED_BYTE_BY_BYTE(
            Transport.HTTP1, "pipelined byte by byte", new Expectation.Undisturbed(), Scenario::byteByByte),

    BODY_IN_PIECES(Transport.HTTP1, "body in pieces", new Expectation.Undisturbed(), act -> {
        Client client = act.connect();
        client.send(act.post(act.exchange, Scenario.CHUNKED, ""));
        for (int i = 0; i < 8; i++) {
            client.send("5\r\nhello\r\n");
            Await.pass(Duration.ofMillis(10));
        }
        client.send("0\r\n\r\n");
        act.awaitWatched(1);
        return () -> {
            act.exchange.release();
            assertThat(client.receive()).isEqualTo("answer " + act.exchange.id + " " + "hello".repeat(8));
        };
    }),

    // ----------------------------------------------------------------------------------------------------- TLS

    TLS_CLOSE_NOTIFY(Transport.TLS, "close_notify, close", gone(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::close;
    }),

    TLS_BARE_FIN(Transport.TLS, "close without close_notify", gone(), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::closeRaw;
    }),

    TLS_RESET(Transport.TLS, "reset", seen(ConnectionResetException.class), act -> {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        return client::reset;
    }),

    TLS_HALF_CLOSE(Transport.TLS, "half-close", gone(), Scenario::closeHalf),

    TLS_POST_READ(Transport.TLS, "body read, close", gone(), act -> {
        Client client = act.connect();
        client.send(act.post(act.exchange, Scenario.FIVE, "hello"));
        return client::close;
    }),

    TLS_SLOW_ANSWER(Transport.TLS, "slow answer", new Expectation.Undisturbed(), Scenario::slowAnswer),

    TLS_PIPELINED_BYTE_BY_BYTE(
            Transport.TLS, "pipelined byte by byte", new Expectation.Undisturbed(), Scenario::byteByByte),

    // -------------------------------------------------------------------------------------------------- HTTP/2

    RST_STREAM(Transport.HTTP2, "RST_STREAM", seen(StreamResetException.class), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        return () -> client.resetStream(1);
    }),

    HTTP2_CLOSE(Transport.HTTP2, "close", gone(), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        return client::close;
    }),

    HTTP2_RESET(Transport.HTTP2, "reset", seen(ConnectionResetException.class), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        return client::reset;
    }),

    HTTP2_HALF_CLOSE(Transport.HTTP2, "half-close", gone(), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        return client::closeHalf;
    }),

    GOAWAY_CLOSE(Transport.HTTP2, "GOAWAY, close", gone(), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        return () -> {
            client.goAway();
            client.close();
        };
    }),

    RST_STREAM_WITHIN_BODY(Transport.HTTP2, "RST_STREAM, part of a body", seen(StreamResetException.class), act -> {
        Http2Client client = act.connectHttp2();
        client.post(1, act.path(act.exchange));
        client.data(1, "he", false);
        return () -> client.resetStream(1);
    }),

    RST_STREAM_UNREAD(Transport.HTTP2, "RST_STREAM, body unread", seen(StreamResetException.class), act -> {
        Http2Client client = act.connectHttp2();
        client.post(1, act.path(act.exchange));
        client.data(1, "hello", true);
        return () -> client.resetStream(1);
    }),

    HTTP2_SLOW_ANSWER(Transport.HTTP2, "slow answer", new Expectation.Undisturbed(), act -> {
        Http2Client client = act.connectHttp2();
        client.get(1, act.path(act.exchange));
        act.awaitWatched(1);
        return () -> {
            act.exchange.release();
            assertThat(client.receive(1)).isEqualTo("answer " + act.exchange.id);
        };
    }),

    HTTP2_NEIGHBOUR_RESET(Transport.HTTP2, "another stream is reset", new Expectation.Undisturbed(), act -> {
        Http2Client client = act.connectHttp2();
        Exchange neighbour = act.anotherThatWaits();
        client.get(1, act.path(neighbour));
        client.get(3, act.path(act.exchange));
        neighbour.awaitEntered();
        act.exchange.awaitEntered();
        client.resetStream(1);
        assertThat(neighbour.awaitCause()).isExactlyInstanceOf(StreamResetException.class);
        act.awaitWatched(1);
        return () -> {
            act.exchange.release();
            assertThat(client.receive(3)).isEqualTo("answer " + act.exchange.id);
        };
    });

    private static final String FIVE = "Content-Length: 5\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

    final Transport transport;
    final String title;

    /// What Go's server does, and so the least that ours should.
    @SuppressWarnings("ImmutableEnumChecker") // a record
    final Expectation asInGo;

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that captures nothing
    private final Script script;

    Scenario(Transport transport, String title, Expectation asInGo, Script script) {
        this.transport = transport;
        this.title = title;
        this.asInGo = asInGo;
        this.script = script;
    }

    /// Sends the request, and whatever else comes before the client leaves, or before the answer.
    Rest begin(Act act) throws Exception {
        return script.begin(act);
    }

    /// The beginning of a scenario.
    interface Script {

        Rest begin(Act act) throws Exception;
    }

    /// The rest of it, when the handler is blocked: how the client leaves, or how it gets its answer.
    interface Rest {

        void perform() throws Exception;
    }

    private static Expectation gone() {
        return seen(ClientDisconnectedException.class);
    }

    private static Rest closeHalf(Act act) throws Exception {
        Client client = act.connect();
        act.exchange.answerWhenGone();
        client.send(act.get(act.exchange));
        return () -> {
            client.closeHalf();
            act.receiveHalfClosed(client);
        };
    }

    private static Rest slowAnswer(Act act) throws Exception {
        Client client = act.connect();
        client.send(act.get(act.exchange));
        act.awaitWatched(1);
        return () -> {
            act.exchange.release();
            assertThat(client.receive()).isEqualTo("answer " + act.exchange.id);
        };
    }

    private static Rest byteByByte(Act act) throws Exception {
        Client client = act.connect();
        Exchange second = act.another();
        client.send(act.get(act.exchange));
        act.awaitWatched(1);
        client.sendByteByByte(act.post(second, FIVE, "hello"));
        return () -> {
            act.exchange.release();
            assertThat(client.receive()).isEqualTo("answer " + act.exchange.id);
            assertThat(client.receive()).isEqualTo("answer " + second.id + " hello");
        };
    }

    /// Waits until the server takes no more of a body, or has taken all. One that reads does so more often than every
    /// 200 ms, even on a busy machine.
    private static void awaitStuck(Client client, Thread sender) {
        long sent;
        do {
            sent = client.sent();
            Await.pass(Duration.ofMillis(200));
        } while (sender.isAlive() && client.sent() != sent);
    }
}
