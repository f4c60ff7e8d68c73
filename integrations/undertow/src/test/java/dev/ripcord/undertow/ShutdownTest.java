package dev.ripcord.undertow;

import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ShutdownContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Turn away, let finish, cancel.
@ParameterizedClass
@EnumSource
class ShutdownTest extends ShutdownContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected StoppableServer start(Transport transport, Exchanges exchanges) throws Exception {
        return Server.start(mode, transport, exchanges);
    }
}
