package dev.ripcord.helidon;

import dev.ripcord.http.DisconnectWatcher;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.spi.DisconnectSource;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An HTTP/1.1 connection, which is read ahead while a request of it has been running for some time.
///
/// Who reads the socket:
///
/// ```text
///            get, nothing ahead                    arm
/// SERVER  ◀────────────────────  NOBODY  ────────────────────▶  AHEAD
///         ────────────────────▶          ◀────────────────────
///            chunk, or end                chunk and (no request runs, or enough is ahead); or end
/// ```
///
/// In AHEAD, `get` takes what is ahead, and waits if that is nothing. `arm` does nothing in AHEAD, and is asked again
/// in SERVER.
///
/// ## Invariants
///
/// 1. One thread at a time reads the socket: whoever moved `reading` away from NOBODY, until it moves it back.
/// 2. Chunks are handed out in the order in which they were read, and before the end.
/// 3. The end of the stream is told to the request that runs when it is read, or else to each that begins later.
final class Http1Connection implements Connection, Supplier<byte @Nullable []> {

    /// How much is read ahead before the client has to wait. Its leaving is not noticed then.
    static final int ENOUGH_BYTES = 64 * 1024;

    private enum Reading {
        NOBODY,
        SERVER,
        AHEAD
    }

    private final DataReader socket;
    private final Supplier<DisconnectWatcher> watcher;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();

    // guarded by lock

    private final Deque<Chunk> ahead = new ArrayDeque<>();
    private int aheadBytes;
    private Reading reading = Reading.NOBODY;
    private @Nullable Chunk end;
    private @Nullable Request running;

    Http1Connection(DataReader socket, Supplier<DisconnectWatcher> watcher) {
        this.socket = socket;
        this.watcher = watcher;
    }

    // --------------------------------------------------------------------- by the connection's thread, which handles

    @Override
    public void began(int id, RequestLifetime lifetime) {
        Request request = new Request(lifetime);
        Chunk ended;
        lock.lock();
        try {
            running = request;
            ended = end;
        } finally {
            lock.unlock();
        }
        if (ended == null) {
            watcher.get().enter(request);
        } else {
            ended.endOf(lifetime);
        }
    }

    @Override
    public void finished(int id) {
        lock.lock();
        try {
            running = null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void writeFailed(IOException failure) {
        Request request = running();
        if (request != null) {
            request.lifetime.responseWriteFailed(failure);
        }
    }

    /// The next bytes: those that are ahead, or else from the socket.
    ///
    /// An interrupt, by which Helidon ends idle connections, ends the waiting for a thread that reads ahead like that
    /// for the socket: the connection is closed.
    @Override
    public byte @Nullable [] get() {
        lock.lock();
        try {
            while (ahead.isEmpty() && reading == Reading.AHEAD) {
                arrived.await();
            }
            Chunk next = ahead.poll();
            if (next != null && next.bytes() != null) {
                aheadBytes -= next.bytes().length;
                return next.get();
            }
            if (end != null) {
                return end.get();
            }
            reading = Reading.SERVER;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting for the client", e);
        } finally {
            lock.unlock();
        }
        Chunk chunk = Chunk.read(socket);
        Request gone = null;
        lock.lock();
        try {
            reading = Reading.NOBODY;
            if (chunk.bytes() == null) {
                end = chunk;
                gone = running;
            }
        } finally {
            lock.unlock();
        }
        if (gone != null) {
            chunk.endOf(gone.lifetime);
        }
        return chunk.get();
    }

    // ---------------------------------------------------------------------------------- by the watcher's thread

    private DisconnectSource.Next arm(Request request) {
        lock.lock();
        try {
            if (running != request || end != null || reading == Reading.AHEAD) {
                return DisconnectSource.Next.FORGET;
            }
            if (reading == Reading.SERVER || aheadBytes >= ENOUGH_BYTES) {
                return DisconnectSource.Next.POLL;
            }
            reading = Reading.AHEAD;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual()
                .name("ripcord-helidon")
                .inheritInheritableThreadLocals(false)
                .start(this::readAhead);
        return DisconnectSource.Next.FORGET;
    }

    private boolean isRunning(Request request) {
        return running() == request;
    }

    // ---------------------------------------------------------------------------------- by the thread that reads ahead

    private void readAhead() {
        while (goesOnAfter(Chunk.read(socket))) {}
    }

    private boolean goesOnAfter(Chunk chunk) {
        Request request;
        boolean goesOn;
        lock.lock();
        try {
            request = running;
            if (chunk.bytes() == null) {
                end = chunk;
                goesOn = false;
            } else {
                ahead.add(chunk);
                aheadBytes += chunk.bytes().length;
                goesOn = request != null && aheadBytes < ENOUGH_BYTES;
            }
            if (!goesOn) {
                reading = Reading.NOBODY;
            }
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        if (request != null && !goesOn) {
            if (chunk.bytes() == null) {
                chunk.endOf(request.lifetime);
            } else {
                watcher.get().enter(request); // armed again when some of it has been taken
            }
        }
        return goesOn;
    }

    // ----------------------------------------------------------------------------------------------------- by all

    private @Nullable Request running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /// Whether a thread of ours reads the socket. For tests.
    boolean isReadAhead() {
        lock.lock();
        try {
            return reading == Reading.AHEAD;
        } finally {
            lock.unlock();
        }
    }

    /// One running request.
    private final class Request implements DisconnectSource {

        private final RequestLifetime lifetime;

        Request(RequestLifetime lifetime) {
            this.lifetime = lifetime;
        }

        @Override
        public RequestLifetime lifetime() {
            return lifetime;
        }

        @Override
        public boolean isOpen() {
            return isRunning(this);
        }

        @Override
        public Next poll() {
            return arm(this);
        }
    }
}
