package dev.ripcord.helidon;

import dev.ripcord.Context;
import dev.ripcord.http.ContractServer;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.RequestContractTest;
import dev.ripcord.http.Transport;
import java.time.Duration;
import java.util.List;

/// The contract of all adapters for clients that stay, on Helidon SE.
class HelidonRequestContractTest extends RequestContractTest {

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges) {
        return Server.start(
                exchanges, parent, armAfter, transport == Transport.TLS ? Server.tls() : server -> {}, routing -> {});
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord");
    }
}
