package dev.ripcord.jetty;

import dev.ripcord.http.RequestLifetime;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/// A request of HTTP/1.1, whose connection Jetty reads only when somebody wants the body or the next request.
///
/// While nobody does, the watcher's selector has the connection too, and a little is read when it can be read, to find
/// out why. Jetty's own selector is not asked: it looks at the callback that waits for bytes twice, to choose a thread
/// and to call it, and in between ours may give way to Jetty's, by which the selector's thread would handle the next
/// request.
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
final class ConnectionWatch extends Watch {

    /// How far the handler is with the body. A request without one is untouched until somebody looks for it.
    private enum Body {
        UNTOUCHED,
        BEING_READ,
        READ
    }

    private final Connection connection;
    private final EndPoint endPoint;

    /// What the end point reads in the end.
    private final SelectableChannel channel;

    private final boolean hasBody;

    // guarded by this

    private boolean open = true;
    private Body body = Body.UNTOUCHED;

    /// That of the watcher's selector, once the request is old enough. It asks for bytes while the connection may be
    /// read here and there is room for them.
    private @Nullable SelectionKey key;

    /// Whether the end of the stream was read. Jetty is made to read it again, for nothing else may tell it.
    private boolean endRead;

    /// What was read and not given back; in Jetty's flush mode.
    private @Nullable ByteBuffer held;

    ConnectionWatch(RequestLifetime lifetime, Connection connection, SelectableChannel channel, boolean hasBody) {
        super(lifetime);
        this.connection = connection;
        this.endPoint = connection.getEndPoint();
        this.channel = channel;
        this.hasBody = hasBody;
    }

    @Override
    public synchronized boolean isOpen() {
        return open;
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
            if (key != null) {
                key.cancel();
            }
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

    // -------------------------------------------------------------------------------------- by the watcher's thread

    @Override
    public synchronized Next poll() {
        return open ? Next.REGISTER : Next.FORGET;
    }

    /// Registers the connection, in case the handler does not read it now.
    @Override
    public synchronized void register(Selector selector) {
        if (!open) {
            return;
        }
        try {
            key = channel.register(selector, 0, this);
            arm();
        } catch (ClosedChannelException e) {
            // closed by the server itself: nothing to watch, nobody left
        }
    }

    /// Finds out why the connection can be read.
    @Override
    public void readable() {
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
            } catch (ClosedChannelException e) {
                return; // by the server itself
            } catch (IOException e) {
                reset = e;
            }
            endRead = true;
            arm();
        }
        if (reset == null) {
            lifetime().clientDisconnected();
        } else {
            lifetime().connectionReset(reset);
        }
    }

    // ------------------------------------------------------------------------------------------------- with the lock

    /// Has the watcher told of bytes, or no longer.
    private void arm() {
        boolean full = held != null && BufferUtil.isFull(held);
        ask(!endRead && !full && body != Body.BEING_READ);
    }

    /// Lets the connection go, with what was read of it.
    private void disarm() {
        ask(false);
        ByteBuffer bytes = held;
        held = null;
        if (bytes != null && bytes.hasRemaining()) {
            giveBack(bytes);
        }
    }

    private void ask(boolean wanted) {
        if (key == null) {
            return;
        }
        int operations = wanted ? SelectionKey.OP_READ : 0;
        try {
            if (key.interestOps() != operations) {
                key.interestOps(operations);
                if (wanted) {
                    key.selector().wakeup();
                }
            }
        } catch (CancelledKeyException e) {
            // closed by the server itself
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
