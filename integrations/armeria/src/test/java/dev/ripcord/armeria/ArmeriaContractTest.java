package dev.ripcord.armeria;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectation;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;

/// The contract of all adapters, on Armeria.
class ArmeriaContractTest extends DisconnectContractTest {

    @Override
    protected String title() {
        return "Armeria";
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) {
        return Server.start(transport, Context.background(), exchanges);
    }

    /// It sees more than Go, for Armeria reads a body before anybody asks for it. When a client has closed its half,
    /// Armeria closes the other, but over TLS goes on until the connection is closed too.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo()
                .with(
                        seen(ClientDisconnectedException.class),
                        Scenario.PIPELINED_LATER,
                        Scenario.POST_UNREAD,
                        Scenario.POST_PARTIAL_UNREAD)
                .with(seen(ClientDisconnectedException.class).unanswered(), Scenario.HALF_CLOSE)
                .with(new Expectation.Blind(), Scenario.TLS_HALF_CLOSE)
                .with(
                        seen(StreamResetException.class).code(Http2Client.CANCEL),
                        Scenario.RST_STREAM,
                        Scenario.RST_STREAM_WITHIN_BODY,
                        Scenario.RST_STREAM_UNREAD);
    }
}
