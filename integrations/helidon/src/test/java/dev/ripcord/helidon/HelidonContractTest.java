package dev.ripcord.helidon;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;

/// The contract of all adapters, on Helidon SE.
class HelidonContractTest extends DisconnectContractTest {

    private static final long CANCEL = 8;

    @Override
    protected String title() {
        return "Helidon";
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) {
        return Server.start(exchanges, transport == Transport.TLS ? Server.tls() : server -> {});
    }

    /// Reading ahead sees more than Go does; only what is longer than that hides a close. Over TLS Helidon closes its
    /// own half as soon as it reads that the client has closed the other.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo()
                .with(
                        seen(ClientDisconnectedException.class),
                        Scenario.PIPELINED_LATER,
                        Scenario.POST_UNREAD,
                        Scenario.POST_PARTIAL_UNREAD)
                .with(seen(ClientDisconnectedException.class).unanswered(), Scenario.TLS_HALF_CLOSE)
                .with(
                        seen(StreamResetException.class).code(CANCEL),
                        Scenario.RST_STREAM,
                        Scenario.RST_STREAM_WITHIN_BODY,
                        Scenario.RST_STREAM_UNREAD);
    }
}
