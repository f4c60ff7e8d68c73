package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [RipcordHttp2Protocol] and the ways in which a client comes to speak HTTP/2.
class Http2Test {

    private final Exchanges exchanges = new Exchanges();

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NIO2_SYNC", "NIO2_ASYNC"})
    void aClientThatAsksToUpgradeIsAnsweredInHttp1AndItsLeavingIsSeen(Mode mode) throws Exception {
        try (Server server = Server.start(mode, Transport.HTTP1, exchanges)) {
            Exchange exchange = exchanges.expect();
            Client client = Client.plain(server.port());
            String upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
            client.send(Client.get(mode.path, exchange).replaceFirst("\r\n\r\n$", "\r\n" + upgrade));
            exchange.awaitEntered();

            client.close();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatTheClientOfTheJdkCancelsOverTlsIsSeen(Mode mode) throws Exception {
        try (Server server = Server.start(mode, Transport.TLS, exchanges);
                HttpClient client =
                        HttpClient.newBuilder().sslContext(Client.trusting()).build()) {
            Exchange exchange = exchanges.expect();
            URI uri = URI.create("https://localhost:" + server.port() + mode.path + "?id=" + exchange.id);
            var answer = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            exchange.awaitEntered();

            answer.cancel(true);

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(StreamResetException.class);
            client.shutdownNow();
        }
    }
}
