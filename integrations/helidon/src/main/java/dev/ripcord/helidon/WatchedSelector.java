package dev.ripcord.helidon;

import static java.util.Objects.requireNonNull;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.spi.ProtocolConfig;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelectorProvider;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Helidon's own selector of a protocol, on whose connections what is read and written passes through us.
///
/// It comes before Helidon's in the listener's list. Which one it wraps is known only when the server is built, by the
/// protocols that the listener then has; for one that it has not, it selects nothing.
final class WatchedSelector implements ServerConnectionSelector {

    static final String HTTP_1 = "http_1_1";
    static final String HTTP_2 = "http_2";

    private final RipcordFeature feature;
    private final String protocol;
    private @Nullable ServerConnectionSelector selector;

    WatchedSelector(RipcordFeature feature, String protocol) {
        this.feature = feature;
        this.protocol = protocol;
    }

    /// Makes Helidon's selector.
    ///
    /// HTTP/1.1 does not get to know of HTTP/2: it would upgrade to it a connection whose frames nobody scans.
    void setUp(String listener, List<ProtocolConfig> protocols) {
        ProtocolConfigs configs = ProtocolConfigs.create(protocols.stream()
                .filter(config -> protocol.equals(HTTP_2) || !config.type().equals(HTTP_2))
                .toList());
        for (ServerConnectionSelectorProvider<?> provider :
                ServiceLoader.load(ServerConnectionSelectorProvider.class)) {
            if (selector == null && provider.protocolType().equals(protocol)) {
                selector = create(provider, listener, configs);
            }
        }
    }

    private static <T extends ProtocolConfig> @Nullable ServerConnectionSelector create(
            ServerConnectionSelectorProvider<T> provider, String listener, ProtocolConfigs configs) {
        return configs.config(provider.protocolType(), provider.protocolConfigType()).stream()
                .findFirst()
                .map(config -> provider.create(listener, config, configs))
                .orElse(null);
    }

    @Override
    public int bytesToIdentifyConnection() {
        return selector == null ? 0 : selector.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return selector == null ? Support.UNSUPPORTED : selector.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return selector == null ? Set.of() : selector.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        if (feature.isDraining()) {
            throw new CloseConnectionException("server is stopping");
        }
        ServerConnectionSelector known = requireNonNull(selector, "selector");
        if (protocol.equals(HTTP_2)) {
            Http2Connection connection = new Http2Connection(context.dataReader());
            DataReader reader = DataReader.create(connection);
            return new WatchedHttp2Connection(known.connection(watched(context, connection, reader)), connection);
        }
        Http1Connection connection = new Http1Connection(context.dataReader(), feature::watcher);
        return known.connection(watched(context, connection, DataReader.create(connection)));
    }

    private static ConnectionContext watched(ConnectionContext context, Connection connection, DataReader reader) {
        ListenerContext listener =
                Forwarding.to(context.listenerContext(), ListenerContext.class, connection, Map.of());
        return Forwarding.to(
                context,
                ConnectionContext.class,
                connection,
                Map.of(
                        "dataReader", reader,
                        "dataWriter", new WatchedWriter(context.dataWriter(), connection),
                        "listenerContext", listener));
    }
}
