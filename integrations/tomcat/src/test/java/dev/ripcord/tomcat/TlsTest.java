package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ConnectionResetException;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.tomcat.Exchanges.Exchange;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The same over TLS, where leaving has one more way, and every byte passes through Tomcat's own engine.
class TlsTest {

    private static Scenarios on;

    @BeforeAll
    static void start() throws Exception {
        on = new Scenarios("TLS", Server.tls());
    }

    @AfterAll
    static void stop() throws Exception {
        on.close();
    }

    private static Client connect(Mode mode) throws IOException {
        return Client.tls(on.server(mode).port());
    }

    @ParameterizedTest
    @EnumSource
    void closingWithANotificationIsSeen(Mode mode) throws Exception {
        on.seen("close_notify and close", mode, ClientDisconnectedException.class, exchange -> {
            Client client = connect(mode);
            client.send(Client.get(mode.path, exchange));
            return client::close;
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingWithoutANotificationIsSeen(Mode mode) throws Exception {
        on.seen("close without close_notify", mode, ClientDisconnectedException.class, exchange -> {
            Client client = connect(mode);
            client.send(Client.get(mode.path, exchange));
            return client::closeRaw;
        });
    }

    @ParameterizedTest
    @EnumSource
    void resettingIsSeen(Mode mode) throws Exception {
        on.seen("reset", mode, ConnectionResetException.class, exchange -> {
            Client client = connect(mode);
            client.send(Client.get(mode.path, exchange));
            return client::reset;
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingHalfIsSeenAndTheAnswerStillArrives(Mode mode) throws Exception {
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
    void closingWhenTheBodyHasBeenReadIsSeen(Mode mode) throws Exception {
        on.seen("body read, close", mode, ClientDisconnectedException.class, exchange -> {
            Client client = connect(mode);
            client.send(Client.post(mode.path, exchange, true, "Content-Length: 5\r\n", "hello"));
            return client::close;
        });
    }

    @ParameterizedTest
    @EnumSource
    void cancellingAnHttp2RequestIsSeen(Mode mode) throws Exception {
        on.seenEarly("HTTP/2, cancelled by java.net.http", mode, StreamResetException.class, exchange -> {
            // a connection each: Tomcat closes one on which too many streams are reset
            HttpClient client =
                    HttpClient.newBuilder().sslContext(Client.trusting()).build();
            var uri = URI.create("https://localhost:" + on.server(mode).port() + mode.path + "?id=" + exchange.id);
            var answer = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            return () -> {
                answer.cancel(true);
                exchange.awaitCause();
                client.shutdownNow();
            };
        });
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatComesByteByByteWhileTheFirstIsWatchedIsNotDisturbed(Mode mode) throws Exception {
        on.awaitArmed(mode, 0);
        Exchange first = on.exchanges.expect();
        Exchange second = on.exchanges.expect();
        second.release();
        try (Client client = connect(mode)) {
            client.send(Client.get(mode.path, first));
            on.awaitArmed(mode, 1);
            String next = Client.post(mode.path, second, true, "Content-Length: 5\r\n", "hello");
            client.sendByteByByte(next);
            first.release();

            assertThat(client.receive()).isEqualTo("answer " + first.id);
            assertThat(client.receive()).isEqualTo("answer " + second.id + " hello");
        }
    }
}
