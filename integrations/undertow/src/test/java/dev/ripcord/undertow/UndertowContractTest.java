package dev.ripcord.undertow;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.Transport;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of all adapters, on Undertow.
@ParameterizedClass
@EnumSource
class UndertowContractTest extends DisconnectContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected String title() {
        return "Undertow, " + mode.title;
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) {
        return Server.start(mode, transport, exchanges);
    }

    /// How a connection of HTTP/2 ended Undertow does not tell.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo().with(seen(ClientDisconnectedException.class), Scenario.HTTP2_RESET);
    }
}
