package dev.ripcord.jetty;

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

/// The contract of all adapters for clients that stay, on Jetty.
@ParameterizedClass
@EnumSource(names = {"CORE_ASYNC_ON_VIRTUAL_THREADS", "EE11_ON_PLATFORM_THREADS", "EE11_ASYNC_ON_PLATFORM_THREADS"})
class JettyRequestContractTest extends RequestContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges)
            throws Exception {
        RipcordHandler ripcord = new RipcordHandler(parent);
        ripcord.setArmAfter(armAfter);
        return Server.start(mode.threads, ripcord, transport, mode.handler(exchanges));
    }

    /// Not that of servlets, which reports what a servlet throws, such as a failed write to a client that is gone.
    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "org.eclipse.jetty.http", "org.eclipse.jetty.io", "org.eclipse.jetty.server");
    }
}
