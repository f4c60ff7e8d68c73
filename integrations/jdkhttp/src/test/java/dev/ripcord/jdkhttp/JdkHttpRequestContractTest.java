package dev.ripcord.jdkhttp;

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

/// The contract of all adapters for clients that stay, on the JDK's server. What looks at sockets does all else, too.
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
class JdkHttpRequestContractTest extends RequestContractTest {

    @Parameter
    @SuppressWarnings("NullAway.Init") // by JUnit
    Mode mode;

    @Override
    protected ContractServer start(Transport transport, Context parent, Duration armAfter, Exchanges exchanges)
            throws Exception {
        return Server.start(mode, parent, transport, exchanges);
    }

    /// It cannot be set.
    @Override
    protected List<Duration> armAfter() {
        return List.of(Duration.ZERO);
    }

    @Override
    protected boolean speaksHttp2() {
        return false;
    }

    /// Over TLS it does not, with our filter or without: after an answer the server asks whether bytes are left that it
    /// has decrypted, not whether there are some that it has read but not decrypted, and waits for more.
    @Override
    protected boolean answersPipelined(Transport transport) {
        return transport != Transport.TLS;
    }

    @Override
    protected List<String> loggers() {
        return List.of("dev.ripcord", "com.sun.net.httpserver");
    }
}
