package dev.ripcord.jetty;

import dev.ripcord.http.RequestLifetime;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection.SslEndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// A request of HTTP/1.1, whose connection Jetty reads only when somebody wants the body or the next request.
///
/// While nobody does, it asks Jetty to be told when the connection can be read, and reads a little then, to find out
/// why. Jetty's own selector tells it, so the watcher's thread only begins the watching.
///
/// ```text
///              first read                      last chunk
/// UNTOUCHED ─────────────────▶ BEING_READ ─────────────────▶ READ
///  watched                     not watched                   watched
/// ```
///
/// ## Invariants
///
/// 1. The connection is read here only with this object's lock, while the watch is open, and while the body is
///    untouched or read.
/// 2. [WatchedStream] ends the watching, which takes the lock, before it lets Jetty read the connection: for the body,
///    what is left of it, or the next request. So the two never read it at the same time.
/// 3. What was read here is given back, by then, in front of what the connection has not yet delivered.
/// 4. Jetty's buffer has room for it. One byte always fits, since the request came out of that buffer. More than one
///    byte is held only of an untouched body, together with all that the buffer holds.
final class ConnectionWatch extends Watch implements Callback {

    /// How far the handler is with the body. A request without one is untouched until somebody looks for it.
    private enum Body {
        UNTOUCHED,
        BEING_READ,
        READ
    }

    private final Connection connection;
    private final EndPoint endPoint;

    /// The same, or what it wraps: it keeps the one callback that waits for bytes.
    private final AbstractEndPoint keeper;

    private final boolean hasBody;

    // guarded by this

    private boolean open = true;
    private Body body = Body.UNTOUCHED;

    /// Whether the request is old enough to be watched.
    private boolean due;

    /// Whether this may be the callback that waits for bytes. It may also have been taken and not yet been called: then
    /// the call comes late, and reads if it is allowed to.
    private boolean armed;

    /// Whether the end of the stream was read. Jetty is made to read it again, for nothing else may tell it.
    private boolean endRead;

    /// What was read and not given back; in Jetty's flush mode.
    private @Nullable ByteBuffer held;

    ConnectionWatch(RequestLifetime lifetime, Connection connection, AbstractEndPoint keeper, boolean hasBody) {
        super(lifetime);
        this.connection = connection;
        this.endPoint = connection.getEndPoint();
        this.keeper = keeper;
        this.hasBody = hasBody;
    }

    @Override
    public synchronized boolean isOpen() {
        return open;
    }

    /// Begins to watch, once; Jetty goes on with it.
    @Override
    public synchronized Next poll() {
        due = true;
        arm();
        return Next.FORGET;
    }

    // ------------------------------------------------------------------- by the threads that handle the request

    @Override
    HttpStream around(HttpStream stream) {
        return new WatchedStream(stream, this);
    }

    /// Jetty is about to read the connection for the body.
    synchronized void beforeRead() {
        if (body != Body.READ) {
            body = Body.BEING_READ;
            disarm();
        }
    }

    /// All of the body has been read.
    synchronized void afterLastRead() {
        if (body != Body.READ) {
            body = Body.READ;
            arm();
        }
    }

    /// Ends the watch and the request's context. After it the connection is Jetty's alone.
    void end() {
        synchronized (this) {
            open = false;
            disarm();
            if (endRead) {
                giveBack(BufferUtil.EMPTY_BUFFER); // with a buffer it reads, without it waits
            }
        }
        lifetime().handlerFinished();
    }

    /// A timeout is none of the client's doing, and a body that makes no sense is a client that waits for the answer.
    @Override
    void broken(Throwable failure) {
        switch (failure) {
            case EOFException e -> lifetime().clientDisconnected();
            case IOException e -> lifetime().connectionReset(e);
            default -> {}
        }
    }

    // ------------------------------------------------------------------------------------------- by Jetty's selector

    /// Finds out why the connection can be read.
    @Override
    public void succeeded() {
        IOException reset = null;
        synchronized (this) {
            if (!open || body == Body.BEING_READ) {
                return;
            }
            try {
                if (read() >= 0) {
                    arm();
                    return;
                }
            } catch (IOException e) {
                reset = e;
            }
            endRead = true;
            armed = false; // for TLS would close, if woken now, before the answer
        }
        if (reset == null) {
            lifetime().clientDisconnected();
        } else {
            lifetime().connectionReset(reset);
        }
    }

    /// The server has closed the connection itself.
    @Override
    public void failed(Throwable failure) {}

    /// Never blocks, so the selector may call it itself.
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    // ------------------------------------------------------------------------------------------------- with the lock

    private void arm() {
        boolean full = held != null && BufferUtil.isFull(held);
        if (open && due && !endRead && !full && body != Body.BEING_READ) {
            armed = true;
            var unused = endPoint.tryFillInterested(this); // not if it still is the callback
        }
    }

    /// Has itself called, with nothing to read: the one way to let go that leaves the state of TLS right.
    private void disarm() {
        if (armed) {
            armed = false;
            if (keeper instanceof SslEndPoint tls) {
                tls.getSslConnection().onFillable();
            } else {
                keeper.getFillInterest().fillable();
            }
        }
        ByteBuffer bytes = held;
        held = null;
        if (bytes != null && bytes.hasRemaining()) {
            giveBack(bytes);
        }
    }

    private void giveBack(ByteBuffer bytes) {
        ((Connection.UpgradeTo) connection).onUpgradeTo(bytes);
    }

    /// Reads what there is and holds it.
    ///
    /// @return how many bytes; negative at the end of the stream
    private int read() throws IOException {
        if (held == null) {
            held = room();
        }
        if (BufferUtil.isFull(held)) {
            return 0;
        }
        return endPoint instanceof SocketChannelEndPoint plain ? read(plain, held) : endPoint.fill(held);
    }

    /// Reads past the end point, which takes a reset for the end of the stream.
    private int read(SocketChannelEndPoint plain, ByteBuffer target) throws IOException {
        int begin = BufferUtil.flipToFill(target);
        int count = -1;
        try {
            count = plain.getChannel().read(target);
            return count;
        } finally {
            BufferUtil.flipToFlush(target, begin);
            if (count < 0) {
                plain.fill(BufferUtil.allocate(1)); // it is to know
            }
        }
    }

    private ByteBuffer room() {
        if (body == Body.READ || !hasBody) {
            return BufferUtil.allocate(1);
        }
        ByteBuffer unread = ((Connection.UpgradeFrom) connection).onUpgradeFrom();
        ByteBuffer room = BufferUtil.allocate(((AbstractConnection) connection).getInputBufferSize());
        if (unread != null) {
            BufferUtil.append(room, unread);
        }
        return room;
    }
}
