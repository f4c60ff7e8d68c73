package dev.ripcord.tomcat;

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

/// The contract of all adapters for clients that stay, on Tomcat. Not with asynchronous handlers: one that writes to a
/// client that has reset its connection costs Tomcat, with our adapter or without, a later request of another one.
@ParameterizedClass
@EnumSource(names = {"SYNC_ON_PLATFORM_THREADS", "SYNC_ON_VIRTUAL_THREADS", "NIO_SYNC"})
class TomcatRequestContractTest extends RequestContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges)
            throws Exception {
        RipcordValve valve = new RipcordValve(parent);
        valve.setArmAfterMillis(armAfter.toMillis());
        return Server.start(mode, valve, transport, exchanges);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord");
    }
}
