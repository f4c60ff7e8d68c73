package dev.ripcord.reactornetty;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.List;

/// The contract of all adapters for clients that stay, on Reactor Netty.
class ReactorNettyRequestContractTest extends RequestContractTest {

    @Override
    protected StoppableServer start(Transport transport, Context parent, Exchanges exchanges) {
        return Server.start(transport, parent, exchanges);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "reactor.core", "reactor.netty.http", "io.netty");
    }
}
