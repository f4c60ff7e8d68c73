package dev.ripcord.helidon;

import dev.ripcord.http.RequestLifetime;
import io.helidon.common.buffers.DataReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An HTTP/2 connection, which Helidon reads all the time. What it reads passes through here, so that the reset of a
/// stream is seen.
///
/// ## Invariants
///
/// 1. A stream's reset may be read before its request begins on a thread of its own. Whoever comes second, the reader
///    or the request, sees the other.
/// 2. Once the connection is over, every request of it has ended, those that begin later too: nothing that they answer
///    can reach the client.
final class Http2Connection implements Connection, Supplier<byte @Nullable []> {

    /// How many resets of streams are kept whose requests have not begun, and may never do.
    private static final int RESETS_KEPT = 128;

    private final DataReader socket;
    private final FrameScanner frames = new FrameScanner(this::reset); // by the connection's thread only

    // guarded by this

    private final Map<Integer, RequestLifetime> running = new HashMap<>();
    private final Map<Integer, Long> resetEarly = new LinkedHashMap<>();
    private @Nullable Chunk end;

    Http2Connection(DataReader socket) {
        this.socket = socket;
    }

    @Override
    public byte @Nullable [] get() {
        Chunk chunk = Chunk.read(socket);
        if (chunk.bytes() != null) {
            frames.scan(chunk.bytes());
        } else {
            over(chunk);
        }
        return chunk.get();
    }

    @Override
    public void began(int id, RequestLifetime lifetime) {
        Long code;
        Chunk ended;
        synchronized (this) {
            code = resetEarly.remove(id);
            ended = end;
            if (code == null && ended == null) {
                running.put(id, lifetime);
                return;
            }
        }
        if (code != null) {
            lifetime.streamReset(OptionalLong.of(code), null);
        } else if (ended != null) {
            ended.endOf(lifetime);
        }
    }

    @Override
    public synchronized void finished(int id) {
        running.remove(id);
    }

    /// The streams of a connection share its writer: one that cannot be written is lost for all.
    @Override
    public void writeFailed(IOException failure) {
        for (RequestLifetime lifetime : all()) {
            lifetime.responseWriteFailed(failure);
        }
    }

    /// The connection is at its end.
    void over(Chunk last) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = last;
        }
        all().forEach(last::endOf);
    }

    private void reset(int stream, long code) {
        RequestLifetime lifetime;
        synchronized (this) {
            lifetime = running.get(stream);
            if (lifetime == null) {
                if (resetEarly.size() == RESETS_KEPT) {
                    resetEarly.remove(resetEarly.keySet().iterator().next());
                }
                resetEarly.put(stream, code);
                return;
            }
        }
        lifetime.streamReset(OptionalLong.of(code), null);
    }

    private synchronized List<RequestLifetime> all() {
        return List.copyOf(running.values());
    }
}
