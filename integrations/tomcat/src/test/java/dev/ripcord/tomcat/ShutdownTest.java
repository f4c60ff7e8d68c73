package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.http.Client;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.ServerStoppingException;
import dev.ripcord.http.ShutdownContractTest;
import dev.ripcord.http.StoppableServer;
import dev.ripcord.http.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Refuse, let finish, cancel: by [RipcordTomcat#shutdown], and by Tomcat's own stop.
@ParameterizedClass
@EnumSource
class ShutdownTest extends ShutdownContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected StoppableServer start(Transport transport, Exchanges exchanges) throws Exception {
        return Server.start(mode, transport, exchanges);
    }

    @Test
    void stoppingTheEngineEndsWhatStillRuns() throws Exception {
        try (Server server = Server.start(mode, Transport.HTTP1, exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get(mode.path, exchange));
            exchange.awaitEntered();

            server.tomcat().stop();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ServerStoppingException.class);
        }
    }
}
