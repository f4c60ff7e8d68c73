package dev.ripcord.tomcat;

import static dev.ripcord.http.Expectation.seen;

import dev.ripcord.http.ContractServer;
import dev.ripcord.http.DisconnectContractTest;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Expectations;
import dev.ripcord.http.Scenario;
import dev.ripcord.http.StreamResetException;
import dev.ripcord.http.Transport;
import java.util.OptionalInt;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of all adapters, on Tomcat with NIO.
@ParameterizedClass
@EnumSource
class TomcatContractTest extends DisconnectContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected String title() {
        return "Tomcat, " + mode.title;
    }

    @Override
    protected ContractServer start(Transport transport, Exchanges exchanges) throws Exception {
        Server server = Server.start(
                mode.threads,
                new RipcordValve(),
                transport == Transport.TLS ? Server.tls() : Server.plain(),
                exchanges);
        return new ContractServer() {
            @Override
            public int port() {
                return server.port();
            }

            @Override
            public int running() {
                return server.valve().server().running();
            }

            @Override
            public OptionalInt watched() {
                return OptionalInt.of(server.valve().watcher().registered());
            }

            @Override
            public String path() {
                return mode.path;
            }

            @Override
            public void close() throws Exception {
                server.close();
            }
        };
    }

    /// Tomcat resets all streams of a connection that breaks.
    @Override
    protected Expectations expectations() {
        return Expectations.likeGo()
                .with(
                        seen(StreamResetException.class),
                        Scenario.HTTP2_CLOSE,
                        Scenario.HTTP2_RESET,
                        Scenario.HTTP2_HALF_CLOSE,
                        Scenario.GOAWAY_CLOSE);
    }
}
