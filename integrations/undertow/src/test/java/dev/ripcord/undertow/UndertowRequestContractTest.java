package dev.ripcord.undertow;

import dev.ripcord.Context;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.Transport;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of all adapters for clients that stay, on Undertow.
@ParameterizedClass
@EnumSource
class UndertowRequestContractTest extends RequestContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges) {
        return Server.start(new RipcordHandler(parent, mode.handler(exchanges), armAfter), transport);
    }

    /// Not Undertow's own: when a client that has pipelined is gone it reports, with our handler or without, that it
    /// uses a buffer which it has freed (UT000091).
    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "org.xnio");
    }
}
