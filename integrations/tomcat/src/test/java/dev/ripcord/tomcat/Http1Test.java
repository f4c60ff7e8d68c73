package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ConnectionResetException;
import dev.ripcord.tomcat.Exchanges.Exchange;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A client that leaves an HTTP/1.1 request: in which cases the context ends, and that nobody else is disturbed.
class Http1Test {

    private static final String FIVE = "Content-Length: 5\r\n";

    private static Scenarios on;

    @BeforeAll
    static void start() throws Exception {
        on = new Scenarios("HTTP/1.1", Server.plain());
    }

    @AfterAll
    static void stop() throws Exception {
        on.close();
    }

    private static Client connect(Mode mode) throws IOException {
        return Client.plain(on.server(mode).port());
    }

    @Nested
    class Seen {

        @ParameterizedTest
        @EnumSource
        void closing(Mode mode) throws Exception {
            on.seen("close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                client.send(Client.get(mode.path, exchange));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingBeforeTheRequestIsWatched(Mode mode) throws Exception {
            on.seenEarly("close, in the first 20 ms", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                client.send(Client.get(mode.path, exchange));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void resetting(Mode mode) throws Exception {
            on.seen("reset", mode, ConnectionResetException.class, exchange -> {
                Client client = connect(mode);
                client.send(Client.get(mode.path, exchange));
                return client::reset;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingAfterARequestThatAsksForHttp2(Mode mode) throws Exception {
            on.seen("close, asked for HTTP/2", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                String upgrade =
                        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
                client.send(Client.get(mode.path, exchange).replaceFirst("\r\n\r\n$", "\r\n" + upgrade));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingHalfAndTheAnswerStillArrives(Mode mode) throws Exception {
            on.seen("half-close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                exchange.answerWhenGone();
                client.send(Client.get(mode.path, exchange));
                return () -> {
                    client.closeHalf();
                    assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                    client.close();
                };
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingAfterTwoRequestsInOnePacket(Mode mode) throws Exception {
            on.seen("pipelined in one packet, close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                Exchange second = on.exchanges.expect();
                second.release();
                client.send(Client.get(mode.path, exchange) + Client.get(mode.path, second));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingTheSecondRequestOfAConnection(Mode mode) throws Exception {
            on.seen("2nd of keep-alive, close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                Exchange first = on.exchanges.expect();
                first.release();
                client.send(Client.get(mode.path, first));
                assertThat(client.receive()).isEqualTo("answer " + first.id);
                client.send(Client.get(mode.path, exchange));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingWhenTheBodyHasBeenRead(Mode mode) throws Exception {
            on.seen("body read, close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                client.send(Client.post(mode.path, exchange, true, FIVE, "hello"));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingWhenTheChunkedBodyHasBeenRead(Mode mode) throws Exception {
            on.seen("chunked body read, close", mode, ClientDisconnectedException.class, exchange -> {
                Client client = connect(mode);
                client.send(Client.post(
                        mode.path, exchange, true, "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"));
                return client::close;
            });
        }
    }

    @Nested
    class NotSeen {

        @ParameterizedTest
        @EnumSource
        void closingAfterABodyThatNobodyHasRead(Mode mode) throws Exception {
            on.unseen(mode, exchange -> {
                Client client = connect(mode);
                client.send(Client.post(mode.path, exchange, false, FIVE, "hello"));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingWithinABodyThatNobodyReads(Mode mode) throws Exception {
            on.unseen(mode, exchange -> {
                Client client = connect(mode);
                client.send(Client.post(mode.path, exchange, false, FIVE, "he"));
                return client::close;
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingBehindABodyTooBigForTheSocket(Mode mode) throws Exception {
            on.unseen(mode, exchange -> {
                Client client = connect(mode);
                String body = "b".repeat(24_000_000);
                Thread sender = Thread.startVirtualThread(() -> {
                    try {
                        client.send(Client.post(
                                mode.path, exchange, false, "Content-Length: " + body.length() + "\r\n", body));
                    } catch (IOException e) {
                        // closed below, or refused by the server after the answer
                    }
                });
                return () -> {
                    assertThat(sender.isAlive()).as("blocked in send").isTrue();
                    client.closeRaw();
                };
            });
        }

        @ParameterizedTest
        @EnumSource
        void closingAfterARequestThatCameWhileTheFirstWasWatched(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            on.unseen(mode, exchange -> {
                Client client = connect(mode);
                client.send(Client.get(mode.path, exchange));
                on.awaitArmed(mode, 1);
                Exchange second = on.exchanges.expect();
                second.release();
                client.send(Client.get(mode.path, second));
                on.awaitArmed(mode, 0);
                return client::close;
            });
        }
    }

    @Nested
    class NotDisturbed {

        @ParameterizedTest
        @EnumSource
        void anAnswerThatTakesLong(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            Exchange exchange = on.exchanges.expect();
            try (Client client = connect(mode)) {
                client.send(Client.get(mode.path, exchange));
                on.awaitArmed(mode, 1);
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id);
            }
        }

        @ParameterizedTest
        @EnumSource
        void aConnectionThatIsKeptAliveAfterARequestThatWasWatched(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            try (Client client = connect(mode)) {
                for (int i = 0; i < 3; i++) {
                    Exchange exchange = on.exchanges.expect();
                    client.send(Client.get(mode.path, exchange));
                    on.awaitArmed(mode, 1);
                    exchange.release();

                    assertThat(client.receive()).isEqualTo("answer " + exchange.id);
                    on.awaitArmed(mode, 0);
                }
            }
        }

        @ParameterizedTest
        @EnumSource
        void twoRequestsInOnePacket(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            Exchange first = on.exchanges.expect();
            Exchange second = on.exchanges.expect();
            try (Client client = connect(mode)) {
                client.send(Client.get(mode.path, first) + Client.post(mode.path, second, true, FIVE, "hello"));
                on.awaitArmed(mode, 1);
                first.release();
                second.release();

                assertThat(client.receive()).isEqualTo("answer " + first.id);
                assertThat(client.receive()).isEqualTo("answer " + second.id + " hello");
            }
        }

        @ParameterizedTest
        @EnumSource
        void aRequestThatComesByteByByteWhileTheFirstIsWatched(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            Exchange first = on.exchanges.expect();
            Exchange second = on.exchanges.expect();
            second.release();
            try (Client client = connect(mode)) {
                client.send(Client.get(mode.path, first));
                on.awaitArmed(mode, 1);
                client.sendByteByByte(Client.post(mode.path, second, true, FIVE, "hello"));
                first.release();

                assertThat(client.receive()).isEqualTo("answer " + first.id);
                assertThat(client.receive()).isEqualTo("answer " + second.id + " hello");
            }
        }

        @ParameterizedTest
        @EnumSource
        void aBodyThatIsReadWhileTheRequestIsOldEnoughToBeWatched(Mode mode) throws Exception {
            on.awaitArmed(mode, 0);
            Exchange exchange = on.exchanges.expect();
            try (Client client = connect(mode)) {
                client.send(Client.post(mode.path, exchange, true, "Transfer-Encoding: chunked\r\n", ""));
                for (int i = 0; i < 8; i++) {
                    client.send("5\r\nhello\r\n");
                    long sentNanos = System.nanoTime();
                    Await.until("a slow network", () -> System.nanoTime() - sentNanos > 10_000_000);
                }
                client.send("0\r\n\r\n");
                on.awaitArmed(mode, 1);
                exchange.release();

                assertThat(client.receive()).isEqualTo("answer " + exchange.id + " " + "hello".repeat(8));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHandlerThatReadsABodyCutShortFailsAndTheContextSaysWhy(Mode mode) throws Exception {
        Exchange exchange = on.exchanges.expect();
        Client client = connect(mode);
        client.send(Client.post(mode.path, exchange, true, FIVE, "he"));
        exchange.awaitContext();

        client.close();

        assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
        on.awaitIdle(mode);
        assertThatThrownBy(client::receive).isInstanceOf(IOException.class);
    }
}
