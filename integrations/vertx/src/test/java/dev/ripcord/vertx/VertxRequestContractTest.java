package dev.ripcord.vertx;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.List;

/// The contract of all adapters for clients that stay, on Vert.x.
class VertxRequestContractTest extends RequestContractTest {

    @Override
    protected StoppableServer start(Transport transport, Context parent, Exchanges exchanges) {
        return Server.start(transport, parent, exchanges);
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "io.vertx", "io.netty");
    }
}
