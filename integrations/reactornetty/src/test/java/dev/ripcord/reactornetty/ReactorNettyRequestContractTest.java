package dev.ripcord.reactornetty;

import dev.ripcord.Context;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.Transport;
import java.time.Duration;
import java.util.List;

/// The contract of all adapters for clients that stay, on Reactor Netty.
class ReactorNettyRequestContractTest extends RequestContractTest {

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges) {
        return Server.start(transport, parent, exchanges);
    }

    /// On an event loop nothing has to be watched.
    @Override
    protected List<Duration> armAfter() {
        return List.of(Duration.ZERO);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "reactor.core", "reactor.netty.http", "io.netty");
    }
}
