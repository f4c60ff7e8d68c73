package dev.ripcord.helidon;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;

/// Helidon's writer of a connection, whose failures the connection hears of.
final class WatchedWriter implements DataWriter {

    private final DataWriter writer;
    private final Connection connection;

    WatchedWriter(DataWriter writer, Connection connection) {
        this.writer = writer;
        this.connection = connection;
    }

    @Override
    public void write(BufferData... buffers) {
        watch(() -> writer.write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
        watch(() -> writer.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
        watch(() -> writer.writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
        watch(() -> writer.writeNow(buffer));
    }

    @Override
    public void flush() {
        watch(writer::flush);
    }

    @Override
    public void close() {
        watch(writer::close);
    }

    private void watch(Runnable writing) {
        try {
            writing.run();
        } catch (RuntimeException e) {
            connection.writeFailed(Connection.causeOf(e));
            throw e;
        }
    }
}
