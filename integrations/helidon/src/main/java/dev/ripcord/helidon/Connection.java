package dev.ripcord.helidon;

import dev.ripcord.http.RequestLifetime;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/// A connection as its requests see it: what they begin and finish on, and what tells them of its end.
interface Connection {

    /// That of a listener without our selectors.
    Connection UNWATCHED = new Connection() {
        @Override
        public void began(int id, RequestLifetime lifetime) {}

        @Override
        public void finished(int id) {}

        @Override
        public void writeFailed(IOException failure) {}
    };

    /// A request began, on the thread that handles it.
    ///
    /// @param id its number on the connection; with HTTP/2 that of its stream
    void began(int id, RequestLifetime lifetime);

    /// The same request is over.
    void finished(int id);

    /// Writing to the connection failed.
    void writeFailed(IOException failure);

    /// What one reading from a connection gave: bytes, or its end if there are none.
    final class Chunk {

        /// The end of a connection that did not break.
        static final Chunk LAST = new Chunk(null, null);

        private final byte @Nullable [] bytes;
        private final @Nullable RuntimeException failure;

        private Chunk(byte @Nullable [] bytes, @Nullable RuntimeException failure) {
            this.bytes = bytes;
            this.failure = failure;
        }

        static Chunk read(DataReader reader) {
            try {
                reader.ensureAvailable();
                return new Chunk(reader.readBytes(reader.available()), null);
            } catch (InsufficientDataAvailableException e) {
                return LAST;
            } catch (RuntimeException e) {
                return new Chunk(null, e);
            }
        }

        /// Null at the end.
        byte @Nullable [] bytes() {
            return bytes;
        }

        /// As the supplier of a reader: the bytes, null at the end of the stream, or the failure.
        byte @Nullable [] get() {
            if (failure != null) {
                throw failure;
            }
            return bytes;
        }

        /// Tells a request that this was the end, and how.
        void endOf(RequestLifetime lifetime) {
            switch (failure == null ? null : causeOf(failure)) {
                case null -> lifetime.clientDisconnected();
                case ClosedChannelException e -> {} // by the server itself
                case EOFException e -> lifetime.clientDisconnected();
                case IOException e -> lifetime.connectionReset(e);
            }
        }
    }

    /// The failure of a socket within what Helidon throws.
    static IOException causeOf(RuntimeException failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof IOException io) {
                return io;
            }
        }
        return new IOException(failure);
    }
}
