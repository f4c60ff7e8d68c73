package dev.ripcord.armeria;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.List;

/// The contract of all adapters for clients that stay, on Armeria.
class ArmeriaRequestContractTest extends RequestContractTest {

    @Override
    protected StoppableServer start(Transport transport, Context parent, Exchanges exchanges) {
        return Server.start(transport, parent, exchanges);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "com.linecorp.armeria", "io.netty");
    }
}
