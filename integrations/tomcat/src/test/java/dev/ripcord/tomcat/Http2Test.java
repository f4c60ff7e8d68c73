package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.StreamResetException;
import dev.ripcord.tomcat.Exchanges.Exchange;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A client that leaves a stream, or a connection with its streams, of HTTP/2.
class Http2Test {

    private static Scenarios on;

    @BeforeAll
    static void start() throws Exception {
        on = new Scenarios("HTTP/2", Server.plain());
    }

    @AfterAll
    static void stop() throws Exception {
        on.close();
    }

    private static Http2Client connect(Mode mode) throws IOException {
        return new Http2Client(on.server(mode).port());
    }

    private static String path(Mode mode, Exchange exchange) {
        return mode.path + "?id=" + exchange.id;
    }

    @Nested
    class Seen {

        interface Way {

            void leave(Http2Client client) throws IOException;
        }

        /// A request without a body, then `way`.
        private void seen(String scenario, Mode mode, Way way) throws Exception {
            on.seenEarly(scenario, mode, StreamResetException.class, exchange -> {
                Http2Client client = connect(mode);
                client.get(1, path(mode, exchange));
                return () -> way.leave(client);
            });
        }

        @ParameterizedTest
        @EnumSource
        void resettingTheStream(Mode mode) throws Exception {
            seen("RST_STREAM", mode, client -> client.resetStream(1));
        }

        @ParameterizedTest
        @EnumSource
        void closingTheConnection(Mode mode) throws Exception {
            seen("close", mode, Http2Client::close);
        }

        @ParameterizedTest
        @EnumSource
        void resettingTheConnection(Mode mode) throws Exception {
            seen("reset", mode, Http2Client::reset);
        }

        @ParameterizedTest
        @EnumSource
        void closingHalfOfTheConnection(Mode mode) throws Exception {
            seen("half-close", mode, Http2Client::closeHalf);
        }

        @ParameterizedTest
        @EnumSource
        void goingAwayAndClosing(Mode mode) throws Exception {
            seen("GOAWAY, close", mode, client -> {
                client.goAway();
                client.close();
            });
        }

        @ParameterizedTest
        @EnumSource
        void resettingTheStreamWithinABody(Mode mode) throws Exception {
            on.seenEarly("RST_STREAM, body cut short", mode, StreamResetException.class, exchange -> {
                Http2Client client = connect(mode);
                client.post(1, path(mode, exchange));
                client.data(1, "he", false);
                return () -> client.resetStream(1);
            });
        }

        @ParameterizedTest
        @EnumSource
        void resettingTheStreamAfterABodyThatNobodyHasRead(Mode mode) throws Exception {
            on.seenEarly("RST_STREAM, body unread", mode, StreamResetException.class, exchange -> {
                Http2Client client = connect(mode);
                client.post(1, path(mode, exchange));
                client.data(1, "hello", true);
                return () -> client.resetStream(1);
            });
        }
    }

    @Nested
    class NotDisturbed {

        @ParameterizedTest
        @EnumSource
        void anAnswerThatTakesLong(Mode mode) throws Exception {
            Exchange exchange = on.exchanges.expect();
            try (Http2Client client = connect(mode)) {
                client.get(1, path(mode, exchange));
                exchange.awaitEntered();

                assertThat(exchange.endsWithin(Duration.ofMillis(100))).isFalse();
                exchange.release();

                assertThat(client.receive(1)).isEqualTo("answer " + exchange.id);
            }
        }

        @ParameterizedTest
        @EnumSource
        void aStreamBesideOneThatIsReset(Mode mode) throws Exception {
            Exchange first = on.exchanges.expect();
            Exchange second = on.exchanges.expect();
            try (Http2Client client = connect(mode)) {
                client.get(1, path(mode, first));
                client.get(3, path(mode, second));
                first.awaitEntered();
                second.awaitEntered();

                client.resetStream(1);

                assertThat(first.awaitCause()).isExactlyInstanceOf(StreamResetException.class);
                assertThat(second.endsWithin(Duration.ofMillis(100))).isFalse();
                second.release();
                assertThat(client.receive(3)).isEqualTo("answer " + second.id);
            }
        }
    }
}
