package dev.ripcord.undertow;

import dev.ripcord.http.RequestLifetime;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.util.OptionalLong;

/// A request that is a stream of an HTTP/2 connection, which Undertow reads all the time and closes when the client
/// does.
///
/// It is asked whether the connection is open rather than told of its close: Undertow keeps those that are to be told
/// until then, which may be the end of many thousand streams later.
final class StreamWatch extends Watch {

    private final ServerConnection connection;
    private volatile boolean open = true;

    StreamWatch(RequestLifetime lifetime, ServerConnection connection) {
        super(lifetime);
        this.connection = connection;
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
        if (connection.isOpen()) {
            return Next.POLL;
        }
        lifetime().clientDisconnected();
        return Next.FORGET;
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
