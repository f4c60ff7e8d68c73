package dev.ripcord.undertow;

import dev.ripcord.http.RequestLifetime;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
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
/// 1. The connection is read by its I/O thread, and only while the watch is open.
/// 2. Undertow ends the watch before it makes itself the reader again. If the watch is armed, that is done by the I/O
///    thread, too, and reading is suspended first, as Undertow left it: what it does to begin reading, over TLS, does
///    nothing where reading had not been suspended. After that nothing here touches the connection.
/// 3. Who reads it here, or writes the answer, holds [#monitor()] meanwhile, for over TLS reading and writing change
///    one field, not always with a lock. It is the lock that Undertow takes itself over TLS, and calls back with: a
///    connection that fails ends its exchange, and that this watch, on the spot. So no other lock is held while the
///    connection is touched.
/// 4. A read that fails closes the connection over TLS, by which Undertow ends the exchange, on the way. What that
///    brings about is told after the failure. While a handler uses the exchange, its end is left to the handler's
///    thread: what it writes is in a buffer that would be given back to the pool.
/// 5. What was read is given back behind what had been read before, and ends the watching.
final class ConnectionWatch extends Watch implements ChannelListener<ConduitStreamSourceChannel> {

    private final HttpServerExchange exchange;
    private final HttpServerConnection connection;
    private final StreamSourceConduit socket;

    // guarded by this, with which nothing else is called

    private boolean open = true;
    private boolean bodyRead;

    /// Whether the I/O thread reads, or is about to begin.
    private boolean armed;

    /// How many calls of handlers are running, one within another.
    private int handlers;

    /// Whether the exchange shall be ended when the outermost of them has returned.
    private boolean endsWithHandler;

    // the I/O thread only

    /// Whether that thread is about to read, and may come back here from there.
    private boolean reading;

    /// @param exchange whose handler has not been called yet
    /// @param connection that it came by
    ConnectionWatch(RequestLifetime lifetime, HttpServerExchange exchange, HttpServerConnection connection) {
        super(lifetime);
        this.exchange = exchange;
        this.connection = connection;
        // not its channel, which the request's body may wrap and close
        this.socket = connection.getOriginalSourceConduit();
        this.bodyRead = exchange.isRequestComplete();
    }

    @Override
    Object monitor() {
        return socket;
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
    void writeFailed(IOException failure) {
        if (!isReading()) {
            super.writeFailed(failure);
        }
    }

    @Override
    synchronized void handlerCalled() {
        handlers++;
    }

    @Override
    synchronized boolean handlerReturned() {
        handlers--;
        return endsWithHandler && handlers == 0;
    }

    @Override
    boolean leavesEndToHandler() {
        if (!isReading()) {
            return false;
        }
        synchronized (this) {
            endsWithHandler = handlers > 0;
            return endsWithHandler;
        }
    }

    @Override
    void end(Runnable then) {
        boolean disarm;
        synchronized (this) {
            open = false;
            disarm = armed;
        }
        if (!isReading()) {
            lifetime().handlerFinished();
        }
        if (!disarm) {
            then.run();
            return;
        }
        try {
            connection.getIoThread().execute(() -> disarm(then));
        } catch (RejectedExecutionException e) { // the server has stopped
            then.run();
        }
    }

    /// Whether this thread is the one that reads, come back here from there.
    private boolean isReading() {
        return connection.getIoThread() == Thread.currentThread() && reading;
    }

    // ------------------------------------------------------------------------------------------ by the I/O thread

    private void arm() {
        if (!isOpen()) {
            return;
        }
        if (socket.isReadShutdown()) { // by the watch of an earlier request, pipelined before this one
            lifetime().clientDisconnected();
            return;
        }
        synchronized (socket) {
            connection.getChannel().getSourceChannel().setReadListener(this);
            socket.resumeReads();
        }
    }

    private void disarm(Runnable then) {
        synchronized (socket) {
            socket.suspendReads();
        }
        if (!connection.isOpen()) {
            exchange.setPersistent(false); // or Undertow, which does not ask on this thread, keeps it for a minute
        }
        then.run();
        if (socket.isReadShutdown() && socket.isReadResumed()) {
            socket.wakeupReads(); // over TLS the end was read here, and nothing else comes that would wake Undertow
        }
    }

    /// Reads what has come.
    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        if (!isOpen()) {
            return;
        }
        synchronized (socket) {
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
        }
        if (!isOpen()) {
            lifetime().handlerFinished();
        }
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
