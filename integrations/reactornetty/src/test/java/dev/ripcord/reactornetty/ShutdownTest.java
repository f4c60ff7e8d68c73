package dev.ripcord.reactornetty;

import dev.ripcord.Context;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ShutdownContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;

/// Refuse, let finish, cancel: by [RipcordReactorNetty#shutdown].
class ShutdownTest extends ShutdownContractTest {

    @Override
    protected StoppableServer start(Transport transport, Exchanges exchanges) {
        return Server.start(transport, Context.background(), exchanges);
    }
}
