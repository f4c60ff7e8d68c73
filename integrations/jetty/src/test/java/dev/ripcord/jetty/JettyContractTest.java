package dev.ripcord.jetty;

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

/// The contract of all adapters, on Jetty.
@ParameterizedClass
@EnumSource
class JettyContractTest extends DisconnectContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected String title() {
        return "Jetty, " + mode.title;
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) throws Exception {
        return Server.start(mode, transport, exchanges);
    }

    /// It sees more than Go: a body that nobody has read hides nothing, if it fits into Jetty's buffer. And less: to
    /// Jetty a reset is an end of the connection, but for the connections of HTTP/1.1 that are read past it.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo()
                .with(
                        seen(ClientDisconnectedException.class),
                        Scenario.POST_UNREAD,
                        Scenario.POST_PARTIAL_UNREAD,
                        Scenario.TLS_RESET,
                        Scenario.HTTP2_RESET);
    }
}
