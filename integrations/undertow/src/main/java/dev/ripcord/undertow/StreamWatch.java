package dev.ripcord.undertow;

import dev.ripcord.http.RequestLifetime;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.util.OptionalLong;
import org.xnio.conduits.StreamSinkConduit;

/// A request that is a stream of an HTTP/2 connection, which Undertow reads all the time: it closes the stream's way
/// out when the client resets the stream, and the connection when the client does.
///
/// Both are asked for. Of a stream's reset Undertow tells nobody, and those that are to be told of a connection's close
/// it keeps until then, which may be the end of many thousand streams later.
final class StreamWatch extends Watch {

    private final ServerConnection connection;
    private final StreamSinkConduit out;
    private volatile boolean open = true;

    /// Whether the stream was found closed, by the watcher's thread.
    private boolean closed;

    /// @param exchange that nobody has begun to answer
    StreamWatch(RequestLifetime lifetime, HttpServerExchange exchange) {
        super(lifetime);
        this.connection = exchange.getConnection();
        this.out = Connectors.getConduitSinkChannel(exchange).getConduit();
    }

    @Override
    Object monitor() {
        return this;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public Next poll() {
        if (!open) {
            return Next.FORGET;
        }
        if (!connection.isOpen()) {
            lifetime().clientDisconnected();
            return Next.FORGET;
        }
        if (closed) {
            lifetime().streamReset(OptionalLong.empty(), null);
            return Next.FORGET;
        }
        closed = out.isWriteShutdown(); // a connection that closes closes its streams first: look again
        return Next.POLL;
    }

    @Override
    void bodyRead() {}

    @Override
    void readFailed(IOException failure) {
        lifetime().streamReset(OptionalLong.empty(), failure);
    }

    @Override
    void end(Runnable then) {
        open = false;
        lifetime().handlerFinished();
        then.run();
    }
}
