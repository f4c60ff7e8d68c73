package dev.ripcord.reactornetty;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;

/// The contract of all adapters, on Reactor Netty.
class ReactorNettyContractTest extends DisconnectContractTest {

    @Override
    protected String title() {
        return "Reactor Netty";
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) {
        return Server.start(transport, Context.background(), exchanges);
    }

    /// It sees more than Go: over HTTP/1.1 all that follows a complete request is read on. But when a client has closed
    /// its half, Reactor Netty closes the other.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo()
                .with(seen(ClientDisconnectedException.class), Scenario.PIPELINED_LATER, Scenario.POST_UNREAD)
                .with(
                        seen(ClientDisconnectedException.class).unanswered(),
                        Scenario.HALF_CLOSE,
                        Scenario.TLS_HALF_CLOSE)
                .with(
                        seen(StreamResetException.class).code(Http2Client.CANCEL),
                        Scenario.RST_STREAM,
                        Scenario.RST_STREAM_WITHIN_BODY,
                        Scenario.RST_STREAM_UNREAD);
    }
}
