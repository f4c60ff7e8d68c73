package dev.ripcord.tomcat;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectation;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of all adapters, on Tomcat with our protocol and with its own.
@ParameterizedClass
@EnumSource
class TomcatContractTest extends DisconnectContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected String title() {
        return Server.TITLE + ", " + mode.title;
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) throws Exception {
        return Server.start(mode, transport, exchanges);
    }

    /// Tomcat resets all streams of a connection that breaks.
    @Override
    protected Expectations expectations() {
        Expectations expectations = Expectations.likeGo()
                .with(
                        seen(StreamResetException.class),
                        Scenario.HTTP2_CLOSE,
                        Scenario.HTTP2_RESET,
                        Scenario.HTTP2_HALF_CLOSE,
                        Scenario.GOAWAY_CLOSE);
        return switch (mode.protocol) {
            case RIPCORD -> expectations;
            case NIO ->
                expectations
                        .with(seen(ClientDisconnectedException.class), Scenario.RESET, Scenario.TLS_RESET)
                        .with(
                                new Expectation.Blind(),
                                Scenario.PIPELINED,
                                Scenario.POST_READ,
                                Scenario.POST_CHUNKED_READ,
                                Scenario.TLS_POST_READ);
            case NIO2 ->
                expectations.with(
                        new Expectation.Blind(),
                        Scenario.CLOSE,
                        Scenario.CLOSE_AT_ONCE,
                        Scenario.RESET,
                        Scenario.HALF_CLOSE,
                        Scenario.SECOND_ON_KEPT_ALIVE,
                        Scenario.PIPELINED,
                        Scenario.POST_READ,
                        Scenario.POST_CHUNKED_READ,
                        Scenario.TLS_CLOSE_NOTIFY,
                        Scenario.TLS_BARE_FIN,
                        Scenario.TLS_RESET,
                        Scenario.TLS_HALF_CLOSE,
                        Scenario.TLS_POST_READ);
        };
    }
}
