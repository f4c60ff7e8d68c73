package dev.ripcord.undertow;

import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.spi.DisconnectSource;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import java.io.IOException;

/// One running request, watched for its client's leaving: a connection of HTTP/1.1, or what else Undertow speaks.
abstract sealed class Watch implements DisconnectSource permits ConnectionWatch, StreamWatch {

    private final RequestLifetime lifetime;

    Watch(RequestLifetime lifetime) {
        this.lifetime = lifetime;
    }

    /// @param exchange whose handler has not been called yet
    static Watch of(RequestLifetime lifetime, HttpServerExchange exchange) {
        return exchange.getConnection() instanceof HttpServerConnection connection
                ? new ConnectionWatch(lifetime, exchange, connection)
                : new StreamWatch(lifetime, exchange);
    }

    @Override
    public final RequestLifetime lifetime() {
        return lifetime;
    }

    /// The handler has read the last byte of the request's body.
    abstract void bodyRead();

    /// The body could not be read.
    abstract void readFailed(IOException failure);

    /// A handler is being called that may use the exchange.
    void handlerCalled() {}

    /// It has returned.
    ///
    /// @return whether its thread shall end the exchange now
    boolean handlerReturned() {
        return false;
    }

    /// Whether Undertow, which is about to end the exchange on this thread, shall not, for the handler's thread will.
    boolean leavesEndToHandler() {
        return false;
    }

    /// What is held while the answer is written.
    abstract Object monitor();

    /// The answer could not be written.
    void writeFailed(IOException failure) {
        lifetime.responseWriteFailed(failure);
    }

    /// Ends the watch and the request's context. After it the connection is left alone.
    ///
    /// @param then what goes on with the connection, on this thread or on the connection's I/O thread
    abstract void end(Runnable then);
}
