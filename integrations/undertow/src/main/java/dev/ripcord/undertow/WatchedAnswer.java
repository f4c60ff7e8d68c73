package dev.ripcord.undertow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.channels.FixedLengthOverflowException;
import org.xnio.channels.FixedLengthUnderflowException;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.StreamSinkConduit;

/// An answer that reports what fails when it is written, holds the watch's monitor meanwhile, and is otherwise
/// Undertow's own.
final class WatchedAnswer extends AbstractStreamSinkConduit<StreamSinkConduit> {

    private final Watch watch;

    WatchedAnswer(StreamSinkConduit answer, Watch watch) {
        super(answer);
        this.watch = watch;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return (int) watched(() -> next.write(bytes));
    }

    @Override
    public long write(ByteBuffer[] bytes, int offset, int length) throws IOException {
        return watched(() -> next.write(bytes, offset, length));
    }

    @Override
    public int writeFinal(ByteBuffer bytes) throws IOException {
        return (int) watched(() -> next.writeFinal(bytes));
    }

    @Override
    public long writeFinal(ByteBuffer[] bytes, int offset, int length) throws IOException {
        return watched(() -> next.writeFinal(bytes, offset, length));
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) throws IOException {
        return watched(() -> next.transferFrom(source, position, count));
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through) throws IOException {
        return watched(() -> next.transferFrom(source, count, through));
    }

    @Override
    public boolean flush() throws IOException {
        return watched(() -> next.flush() ? 1 : 0) == 1;
    }

    @Override
    public void terminateWrites() throws IOException {
        watched(() -> {
            next.terminateWrites();
            return 0;
        });
    }

    @Override
    public void resumeWrites() {
        synchronized (watch.monitor()) {
            next.resumeWrites();
        }
    }

    @Override
    public void suspendWrites() {
        synchronized (watch.monitor()) {
            next.suspendWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        synchronized (watch.monitor()) {
            next.wakeupWrites();
        }
    }

    private interface Writing {

        long write() throws IOException;
    }

    private long watched(Writing writing) throws IOException {
        try {
            synchronized (watch.monitor()) {
                return writing.write();
            }
        } catch (FixedLengthOverflowException | FixedLengthUnderflowException e) {
            throw e; // by the handler, which announced another length
        } catch (IOException e) {
            watch.writeFailed(e);
            throw e;
        }
    }
}
