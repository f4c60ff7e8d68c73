package dev.ripcord.undertow;

import dev.ripcord.Context;
import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
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
    protected StoppableServer start(Transport transport, Context parent, Exchanges exchanges) {
        return Server.start(
                new RipcordHandler(parent, mode.handler(exchanges), DisconnectWatcher.DEFAULT_ARM_AFTER), transport);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "io.undertow", "org.xnio");
    }
}
