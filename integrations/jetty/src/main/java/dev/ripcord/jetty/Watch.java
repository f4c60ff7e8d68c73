package dev.ripcord.jetty;

import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.spi.DisconnectSource;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectableChannelEndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;

/// One running request, watched for its client's leaving: a connection of HTTP/1.1, or a stream of a later version.
abstract sealed class Watch implements DisconnectSource permits ConnectionWatch, StreamWatch {

    private final RequestLifetime lifetime;

    Watch(RequestLifetime lifetime) {
        this.lifetime = lifetime;
    }

    /// @param request whose handler has not been called yet
    static Watch of(RequestLifetime lifetime, Request request) {
        Connection connection = request.getConnectionMetaData().getConnection();
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() < HttpVersion.HTTP_2.getVersion()
                && connection instanceof Connection.UpgradeFrom
                && connection instanceof Connection.UpgradeTo
                && unwrapped(connection.getEndPoint()) instanceof SelectableChannelEndPoint endPoint) {
            return new ConnectionWatch(lifetime, connection, endPoint.getChannel(), hasBody(request));
        }
        StreamWatch watch = new StreamWatch(
                lifetime,
                connection.getEndPoint(),
                version == HttpVersion.HTTP_2,
                request.getConnectionMetaData().getConnector().getIdleTimeout());
        request.addFailureListener(watch::broken);
        return watch;
    }

    private static boolean hasBody(Request request) {
        return request.getLength() > 0 || request.getHeaders().contains("Transfer-Encoding");
    }

    /// That of the connection itself, without TLS.
    private static EndPoint unwrapped(EndPoint endPoint) {
        EndPoint innermost = endPoint;
        while (innermost instanceof EndPoint.Wrapper wrapper) {
            innermost = wrapper.unwrap();
        }
        return innermost;
    }

    @Override
    public final RequestLifetime lifetime() {
        return lifetime;
    }

    /// Puts this between Jetty's request and what it is read from, and learns of its end.
    abstract HttpStream around(HttpStream stream);

    /// The request's body could not be read, or a stream broke.
    abstract void broken(Throwable failure);
}
