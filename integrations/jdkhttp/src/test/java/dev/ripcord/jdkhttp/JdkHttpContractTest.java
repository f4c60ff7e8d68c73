package dev.ripcord.jdkhttp;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.Context;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.ConnectionResetException;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectation;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.Transport;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of all adapters, on the JDK's server.
@ParameterizedClass
@EnumSource
@EnabledOnOs(OS.LINUX) // where there is a table of sockets
class JdkHttpContractTest extends DisconnectContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected String title() {
        return "JDK, " + mode.title;
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) throws Exception {
        return Server.start(mode, Context.background(), transport, exchanges);
    }

    /// The table of sockets knows no bytes that hide a close, nor those of TLS that say goodbye. A client of TLS that
    /// closes without has been sent what it has not read, tickets for later connections, so its close is a reset.
    @Override
    protected Expectations expectations() {
        Expectations expectations = Expectations.likeGo().without(Transport.HTTP2);
        if (mode == Mode.PLAIN) {
            return expectations.with(
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
        }
        return expectations
                .with(
                        seen(ClientDisconnectedException.class),
                        Scenario.PIPELINED_LATER,
                        Scenario.POST_UNREAD,
                        Scenario.POST_PARTIAL_UNREAD)
                .with(seen(ConnectionResetException.class), Scenario.TLS_BARE_FIN)
                .with(new Expectation.Blind(), Scenario.TLS_HALF_CLOSE);
    }
}
