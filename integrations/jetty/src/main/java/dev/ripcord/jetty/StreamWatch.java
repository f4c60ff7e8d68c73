package dev.ripcord.jetty;

import dev.ripcord.http.RequestLifetime;
import java.io.IOException;
import java.util.OptionalLong;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;

/// A request that is a stream of a connection which Jetty reads all the time: HTTP/2 or later.
///
/// Jetty itself tells that a stream was reset or the connection lost, but for one case: after the client has said
/// goodbye, GOAWAY, the end of the connection says nothing to streams whose request is complete. So it is looked at.
///
/// When the server stops, Jetty lets connections idle for a second only, after which it would reset the streams whose
/// handlers are at work. So such a connection gets back the time it had.
final class StreamWatch extends Watch {

    private final EndPoint endPoint;

    /// Whether the end of `endPoint` is that of a connection. With HTTP/3 it may be that of the request.
    private final boolean endPointIsConnection;

    /// How long the connection may idle, in milliseconds.
    private final long idleTimeout;

    private volatile boolean open = true;

    StreamWatch(RequestLifetime lifetime, EndPoint endPoint, boolean endPointIsConnection, long idleTimeout) {
        super(lifetime);
        this.idleTimeout = idleTimeout;
        this.endPoint = endPoint;
        this.endPointIsConnection = endPointIsConnection;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public Next poll() {
        if (!open || !endPointIsConnection) {
            return Next.FORGET;
        }
        if (!isConnectionLost()) {
            if (endPoint.getIdleTimeout() < idleTimeout) {
                endPoint.setIdleTimeout(idleTimeout);
            }
            return Next.POLL;
        }
        lifetime().clientDisconnected();
        return Next.FORGET;
    }

    /// A timeout is none of the client's doing, and what is no I/O is the handler's own failure.
    @Override
    void broken(Throwable failure) {
        if (!open || !(failure instanceof IOException failed)) {
            return;
        }
        if (endPointIsConnection && isConnectionLost()) {
            lifetime().clientDisconnected();
        } else {
            lifetime().streamReset(OptionalLong.empty(), failed);
        }
    }

    private boolean isConnectionLost() {
        return endPoint.isInputShutdown() || !endPoint.isOpen();
    }

    @Override
    HttpStream around(HttpStream stream) {
        return new HttpStream.Wrapper(stream) {
            @Override
            public void succeeded() {
                end();
                super.succeeded();
            }

            @Override
            public void failed(Throwable failure) {
                end();
                super.failed(failure);
            }
        };
    }

    private void end() {
        open = false;
        lifetime().handlerFinished();
    }
}
