package dev.ripcord.jdbc;

import dev.ripcord.Context.CallableOp;
import java.io.ByteArrayInputStream;
import java.io.CharArrayReader;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.FilterReader;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// Streams of a driver whose reads and writes end with the context of a [Guard].
///
/// Such a call then throws an `IOException` whose cause is the [ContextSQLException]. What is in memory already is
/// left as it is.
final class GuardedStreams {

    private GuardedStreams() {}

    /// @param source what it was read from; null if the connection made it
    static @Nullable InputStream of(@Nullable InputStream in, @Nullable Running source, Guard guard) {
        return in == null || in instanceof ByteArrayInputStream ? in : new In(in, new Calls(source, guard));
    }

    static @Nullable Reader of(@Nullable Reader in, @Nullable Running source, Guard guard) {
        return in == null || in instanceof StringReader || in instanceof CharArrayReader
                ? in
                : new Characters(in, new Calls(source, guard));
    }

    static @Nullable OutputStream of(@Nullable OutputStream out, @Nullable Running source, Guard guard) {
        return out == null ? null : new Out(out, new Calls(source, guard));
    }

    static @Nullable Writer of(@Nullable Writer out, @Nullable Running source, Guard guard) {
        return out == null ? null : new Text(out, new Calls(source, guard));
    }

    /// Does to a guard what throws `IOException`.
    private record Calls(@Nullable Running source, Guard guard) {

        <T> T call(CallableOp<T, IOException> work) throws IOException {
            try {
                return guard.call(source, () -> {
                    try {
                        return work.call();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        void run(Work work) throws IOException {
            call(() -> {
                work.run();
                return true;
            });
        }

        /// Closing is always allowed.
        void close(Work close) throws IOException {
            try {
                guard.tidy(() -> {
                    try {
                        close.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    /// Something that a stream does.
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static final class In extends FilterInputStream {

        private final Calls calls;

        In(InputStream in, Calls calls) {
            super(in);
            this.calls = calls;
        }

        @Override
        public int read() throws IOException {
            return calls.call(in::read);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return calls.call(() -> in.read(bytes, offset, length));
        }

        @Override
        public long skip(long count) throws IOException {
            return calls.call(() -> in.skip(count));
        }

        @Override
        public void reset() throws IOException {
            calls.run(in::reset);
        }

        @Override
        public void close() throws IOException {
            calls.close(in::close);
        }
    }

    private static final class Characters extends FilterReader {

        private final Calls calls;

        Characters(Reader in, Calls calls) {
            super(in);
            this.calls = calls;
        }

        @Override
        public int read() throws IOException {
            return calls.call(in::read);
        }

        @Override
        public int read(char[] characters, int offset, int length) throws IOException {
            return calls.call(() -> in.read(characters, offset, length));
        }

        @Override
        public long skip(long count) throws IOException {
            return calls.call(() -> in.skip(count));
        }

        @Override
        public void reset() throws IOException {
            calls.run(in::reset);
        }

        @Override
        public void close() throws IOException {
            calls.close(in::close);
        }
    }

    private static final class Out extends FilterOutputStream {

        private final Calls calls;

        Out(OutputStream out, Calls calls) {
            super(out);
            this.calls = calls;
        }

        @Override
        public void write(int oneByte) throws IOException {
            calls.run(() -> out.write(oneByte));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            calls.run(() -> out.write(bytes, offset, length));
        }

        @Override
        public void flush() throws IOException {
            calls.run(out::flush);
        }

        @Override
        public void close() throws IOException {
            calls.close(out::close);
        }
    }

    private static final class Text extends FilterWriter {

        private final Calls calls;

        Text(Writer out, Calls calls) {
            super(out);
            this.calls = calls;
        }

        @Override
        public void write(int character) throws IOException {
            calls.run(() -> out.write(character));
        }

        @Override
        public void write(char[] characters, int offset, int length) throws IOException {
            calls.run(() -> out.write(characters, offset, length));
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            calls.run(() -> out.write(text, offset, length));
        }

        @Override
        public void flush() throws IOException {
            calls.run(out::flush);
        }

        @Override
        public void close() throws IOException {
            calls.close(out::close);
        }
    }
}
