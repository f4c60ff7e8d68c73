package dev.ripcord.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.RequestTooBigException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/// A request's body that reports when it has been read, and is otherwise Undertow's own.
final class WatchedBody extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private final HttpServerExchange exchange;
    private final Watch watch;

    WatchedBody(StreamSourceConduit body, HttpServerExchange exchange, Watch watch) {
        super(body);
        this.exchange = exchange;
        this.watch = watch;
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        return (int) watched(() -> next.read(bytes));
    }

    @Override
    public long read(ByteBuffer[] bytes, int offset, int length) throws IOException {
        return watched(() -> next.read(bytes, offset, length));
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return watched(() -> next.transferTo(position, count, target));
    }

    @Override
    public long transferTo(long count, ByteBuffer through, StreamSinkChannel target) throws IOException {
        return watched(() -> next.transferTo(count, through, target));
    }

    private interface Reading {

        long read() throws IOException;
    }

    private long watched(Reading reading) throws IOException {
        long read;
        try {
            read = reading.read();
        } catch (RequestTooBigException | InterruptedIOException e) {
            throw e; // the server's own limits, of size and of time
        } catch (IOException e) {
            watch.readFailed(e);
            throw e;
        }
        if (read < 0 || exchange.isRequestComplete()) {
            watch.bodyRead();
        }
        return read;
    }
}
