package dev.ripcord.tomcat;

import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.spi.DisconnectSource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.RequestDispatcher;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.coyote.ActionCode;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/// One running request, watched for its client's leaving by the watcher's thread.
///
/// ## Invariants
///
/// 1. The watcher touches the request and its connection only with this object's lock, and only while
///    the watch is open.
/// 2. The container ends the watch, which takes the lock, before it reads the connection for the next
///    request. So the two never read it at the same time.
/// 3. While the handler may still read the request's body, the watcher does not read the connection.
final class Watch implements AsyncListener, DisconnectSource {

    /// What tells of the client.
    private enum Sight {
        /// The connection itself, which [RipcordProtocol] shows.
        CONNECTION,
        /// Tomcat, which reads a connection over NIO when it is asked how much of the request is available. It reads
        /// into the buffer that holds the request's body, which the handler may not have taken from there even when
        /// Tomcat calls it read: so only requests without a body are asked for.
        ASKING,
        /// Tomcat, which reads the connection of an HTTP/2 stream all the time.
        STREAM,
        /// Nothing but a body that cannot be read, or an answer that cannot be written.
        NONE
    }

    /// At how many ticks a connection is asked for once: every 50 ms. Each time is a system call.
    private static final int TICKS_BETWEEN_ASKING = 5;

    private final RequestLifetime lifetime;
    private final Sight sight;

    /// Null unless it is in sight.
    private final @Nullable SocketWrapperBase<?> connection;

    // guarded by this

    /// Null once the request has ended, for then the container uses the object for another.
    private @Nullable Request request;

    private @Nullable SelectionKey key;

    /// Whether the body was found read. It is believed at the second look, a tick later: what Tomcat
    /// keeps is not volatile, and the thread that read the last byte may still be on its way out.
    private boolean bodyRead;

    /// How often the connection could have been asked for.
    private int ticks;

    /// Whether the container's thread has returned and this is a listener, so that Tomcat itself tells what goes wrong
    /// with a stream of HTTP/2. It then also completes the request, so nobody else must be the first to react.
    private boolean listening;

    /// @param request whose handler has not been called yet
    /// @param protocol of the connector that it came by
    Watch(RequestLifetime lifetime, Request request, ProtocolHandler protocol) {
        this.lifetime = lifetime;
        this.request = request;
        this.connection = RipcordProtocol.connectionOf(request);
        this.bodyRead = isBodyRead(request);
        this.sight = sightOf(request, protocol);
    }

    private Sight sightOf(Request request, ProtocolHandler protocol) {
        if (request.protocol().equals("HTTP/2.0")) {
            return Sight.STREAM;
        }
        if (connection != null) {
            return Sight.CONNECTION;
        }
        return protocol instanceof Http11NioProtocol && bodyRead ? Sight.ASKING : Sight.NONE;
    }

    @Override
    public RequestLifetime lifetime() {
        return lifetime;
    }

    @Override
    public synchronized boolean isOpen() {
        return request != null;
    }

    // -------------------------------------------------------------------------------- by the container's threads

    /// Ends the watch and the request's context. After it the watcher leaves the connection alone.
    void end() {
        IOException failure;
        synchronized (this) {
            if (request == null) {
                return;
            }
            failure = failureOf(request);
            request = null;
            disarm();
        }
        if (failure != null) {
            gone(failure);
        }
        lifetime.handlerFinished();
    }

    /// Goes on after the container's thread has returned, until the request is complete.
    void listen(AsyncContext async) {
        synchronized (this) {
            listening = true;
        }
        async.addListener(this);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        end();
    }

    /// Tomcat found the connection or the stream broken, or the handler failed; the former is on the request.
    @Override
    public void onError(AsyncEvent event) {
        IOException failure;
        synchronized (this) {
            failure = request == null ? null : failureOf(request);
        }
        if (failure != null) {
            gone(failure);
        }
    }

    /// Nothing: a timeout of the container is not an end; what the handler makes of it is.
    @Override
    public void onTimeout(AsyncEvent event) {}

    /// A new start forgets all listeners.
    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }

    // ---------------------------------------------------------------------------------- by the watcher's thread

    /// Looks at what Tomcat has noted about the request.
    @Override
    public Next poll() {
        IOException failure;
        synchronized (this) {
            if (request == null) {
                return Next.FORGET;
            }
            if (sight == Sight.STREAM && listening && isAsync(request)) {
                return Next.POLL; // in case of a dispatch
            }
            failure = failureOf(request);
            if (failure == null) {
                return nextOf(request);
            }
        }
        gone(failure);
        return Next.FORGET;
    }

    private Next nextOf(Request open) {
        return switch (sight) {
            case STREAM, NONE -> Next.POLL;
            case CONNECTION -> mayBeRead(open) ? Next.REGISTER : Next.POLL;
            case ASKING -> mayBeRead(open) && ticks++ % TICKS_BETWEEN_ASKING == 0 ? ask(open) : Next.POLL;
        };
    }

    /// Invariant 3.
    private boolean mayBeRead(Request open) {
        boolean wasRead = bodyRead;
        bodyRead = isBodyRead(open);
        return wasRead && bodyRead && open.getReadListener() == null;
    }

    /// Asks how much there is to be read, twice.
    ///
    /// A read that fails counts as one byte, and fails again the next time. Bytes of a next request are in Tomcat's
    /// buffer after the first time, which is not read into then, and do not belong to this one.
    private Next ask(Request open) {
        if (available(open) == 0) {
            return Next.POLL;
        }
        if (available(open) > 0) {
            lifetime.clientDisconnected();
        }
        return Next.FORGET;
    }

    /// Registers the connection. No key of it that is cancelled may be left in `selector`.
    @Override
    public void register(Selector selector) {
        synchronized (this) {
            if (request == null || connection == null) {
                return;
            }
            SocketChannel channel = ((NioChannel) connection.getSocket()).getIOChannel();
            try {
                key = channel.register(selector, SelectionKey.OP_READ, this);
            } catch (ClosedChannelException e) {
                // closed by the server itself: nothing to watch, nobody left
            }
        }
    }

    /// Finds out why the connection can be read.
    ///
    /// Bytes of a following request stay where Tomcat reads them from, and end the watching.
    @Override
    public void readable() {
        IOException failure;
        synchronized (this) {
            if (request == null || connection == null) {
                return;
            }
            try {
                if (!connection.isReadyForRead()) {
                    return;
                }
                if (!connection.getSocketBufferHandler().isReadBufferEmpty()) {
                    disarm();
                    return;
                }
                failure = new EOFException(); // newer Tomcats do not throw it there
            } catch (IOException e) {
                failure = isClosedByTls(connection) ? new EOFException() : e;
            }
            disarm();
        }
        gone(failure);
    }

    // ------------------------------------------------------------------------------------------------- by both

    private void gone(IOException failure) {
        switch (failure) {
            case ClosedChannelException e -> {} // by the server itself
            case IOException e when sight == Sight.STREAM -> lifetime.streamReset(OptionalLong.empty(), e);
            case EOFException e -> lifetime.clientDisconnected();
            case IOException e -> lifetime.connectionReset(e);
        }
    }

    /// Whether the client has closed its half as TLS does it, with a close_notify, for which Tomcat has no exception of
    /// its own.
    private static boolean isClosedByTls(SocketWrapperBase<?> connection) {
        return connection.getSocket() instanceof SecureNioChannel channel
                && channel.getSslEngine().isInboundDone();
    }

    private void disarm() {
        if (key != null) {
            key.cancel();
            key = null;
        }
    }

    private static boolean isAsync(Request request) {
        AtomicBoolean async = new AtomicBoolean();
        request.action(ActionCode.ASYNC_IS_ASYNC, async);
        return async.get();
    }

    private static int available(Request request) {
        request.action(ActionCode.AVAILABLE, true);
        return request.getAvailable();
    }

    private static boolean isBodyRead(Request request) {
        AtomicBoolean read = new AtomicBoolean();
        request.action(ActionCode.REQUEST_BODY_FULLY_READ, read);
        return read.get();
    }

    /// What broke the request's connection or stream: noted by the reader of the body, or else as an attribute,
    /// which is not one of those that applications write.
    private static @Nullable IOException failureOf(Request request) {
        Object failure = request.getErrorException();
        if (failure == null) {
            failure = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
        }
        return failure instanceof IOException e ? e : null;
    }
}
