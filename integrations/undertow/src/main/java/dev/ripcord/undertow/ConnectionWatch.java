package dev.ripcord.undertow;

import dev.ripcord.http.RequestLifetime;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.ImmediatePooledByteBuffer;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;
import org.xnio.ChannelListener;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/// The connection of a running HTTP/1.1 request, which Undertow does not read until the exchange is complete, and this
/// does instead once the body has been read.
///
/// ## Invariants
///
/// 1. The connection is read by its I/O thread, with this object's lock, and only while the watch is open.
/// 2. Undertow ends the watch before it makes itself the reader again. If the watch is armed, that is done by the I/O
///    thread, too, and reading is suspended first, as Undertow left it: what it does to begin reading, over TLS, does
///    nothing where reading had not been suspended. After that nothing here touches the connection.
/// 3. A read that fails may make Undertow close the connection and complete the exchange, on the way. What that brings
///    about is told after the failure.
/// 4. What was read is given back behind what had been read before, and ends the watching.
final class ConnectionWatch extends Watch implements ChannelListener<ConduitStreamSourceChannel> {

    private final HttpServerConnection connection;

    // guarded by this

    private boolean open = true;
    private boolean bodyRead;

    /// Whether the I/O thread reads, or is about to begin.
    private boolean armed;

    /// Whether the I/O thread is about to read, and may come back here from there.
    private boolean reading;

    ConnectionWatch(RequestLifetime lifetime, HttpServerConnection connection, boolean bodyRead) {
        super(lifetime);
        this.connection = connection;
        this.bodyRead = bodyRead;
    }

    @Override
    public synchronized boolean isOpen() {
        return open;
    }

    @Override
    public synchronized Next poll() {
        if (open && !bodyRead) {
            return Next.POLL;
        }
        if (open) {
            armed = true;
            connection.getIoThread().execute(this::arm);
        }
        return Next.FORGET;
    }

    @Override
    synchronized void bodyRead() {
        bodyRead = true;
    }

    /// Undertow has one class for a body that ends too early and for one that is malformed, and closes the connection
    /// after either.
    @Override
    void readFailed(IOException failure) {
        switch (failure) {
            case ClosedChannelException e -> {} // by the server itself
            case SocketException e -> lifetime().connectionReset(e);
            case IOException e -> lifetime().clientDisconnected();
        }
    }

    @Override
    synchronized void writeFailed(IOException failure) {
        if (!reading) {
            super.writeFailed(failure);
        }
    }

    @Override
    void end(Runnable then) {
        boolean disarm;
        synchronized (this) {
            open = false;
            disarm = armed && !reading;
        }
        if (!disarm) {
            finish(then);
        } else if (connection.getIoThread() == Thread.currentThread()) {
            disarm(then);
        } else {
            try {
                connection.getIoThread().execute(() -> disarm(then));
            } catch (RejectedExecutionException e) { // the server has stopped
                finish(then);
            }
        }
    }

    private void disarm(Runnable then) {
        connection.getOriginalSourceConduit().suspendReads();
        finish(then);
    }

    private void finish(Runnable then) {
        boolean told;
        synchronized (this) {
            told = !reading;
        }
        if (told) {
            lifetime().handlerFinished();
        }
        then.run();
    }

    // ------------------------------------------------------------------------------------------ by the I/O thread

    private synchronized void arm() {
        if (open) {
            connection.getChannel().getSourceChannel().setReadListener(this);
            // not that channel's, which the request's body may have wrapped and closed
            connection.getOriginalSourceConduit().resumeReads();
        }
    }

    /// Reads what has come.
    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        synchronized (this) {
            if (!open) {
                return;
            }
            StreamSourceConduit socket = connection.getOriginalSourceConduit();
            reading = true;
            try {
                int read = readInto(socket);
                if (read != 0) {
                    socket.suspendReads();
                }
                if (read < 0) {
                    lifetime().clientDisconnected();
                }
            } catch (ClosedChannelException e) {
                // by the server itself
            } catch (IOException e) {
                socket.suspendReads();
                lifetime().connectionReset(e);
            } finally {
                reading = false;
            }
            if (open) {
                return;
            }
        }
        lifetime().handlerFinished();
    }

    private int readInto(StreamSourceConduit socket) throws IOException {
        PooledByteBuffer pooled = connection.getByteBufferPool().allocate();
        try {
            ByteBuffer bytes = pooled.getBuffer();
            int read = socket.read(bytes);
            if (read > 0) {
                giveBack(bytes.flip());
            }
            return read;
        } finally {
            pooled.close();
        }
    }

    /// Undertow would give back what comes last in front of what came first.
    private void giveBack(ByteBuffer later) {
        PooledByteBuffer earlier = connection.getExtraBytes();
        ByteBuffer all = ByteBuffer.allocate(
                later.remaining() + (earlier == null ? 0 : earlier.getBuffer().remaining()));
        if (earlier != null) {
            all.put(earlier.getBuffer());
            earlier.close();
        }
        connection.setExtraBytes(new ImmediatePooledByteBuffer(all.put(later).flip()));
    }
}
