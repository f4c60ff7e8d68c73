package dev.ripcord.jdkhttp;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ShutdownContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.stream.Stream;
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
        return Server.start(mode, Context.background(), transport, exchanges);
    }

    @Override
    protected Stream<Transport> transports() {
        return Stream.of(Transport.HTTP1);
    }
}
