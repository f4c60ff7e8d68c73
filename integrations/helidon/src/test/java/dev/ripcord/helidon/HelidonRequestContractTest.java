package dev.ripcord.helidon;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import java.util.List;

/// The contract of all adapters for clients that stay, on Helidon SE.
class HelidonRequestContractTest extends RequestContractTest {

    @Override
    protected StoppableServer start(Transport transport, Context parent, Exchanges exchanges) {
        return Server.start(exchanges, parent, transport == Transport.TLS ? Server.tls() : server -> {}, routing -> {});
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord");
    }
}
