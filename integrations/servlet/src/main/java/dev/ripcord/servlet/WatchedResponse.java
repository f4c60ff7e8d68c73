package dev.ripcord.servlet;

import dev.ripcord.http.RequestLifetime;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A response that reports what fails when it is written, and is otherwise the container's own.
final class WatchedResponse extends HttpServletResponseWrapper {

    private final RequestLifetime lifetime;
    private @Nullable ServletOutputStream output;
    private @Nullable PrintWriter writer;

    private WatchedResponse(HttpServletResponse response, RequestLifetime lifetime) {
        super(response);
        this.lifetime = lifetime;
    }

    /// `response`, watched; the same if it is watched already, as in a forward.
    static ServletResponse of(HttpServletResponse response, RequestLifetime lifetime) {
        boolean watched = response instanceof ServletResponseWrapper wrapper
                && (wrapper instanceof WatchedResponse || wrapper.isWrapperFor(WatchedResponse.class));
        return watched ? response : new WatchedResponse(response, lifetime);
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        if (output == null) {
            output = new Output(super.getOutputStream());
        }
        return output;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        if (writer == null) {
            writer = new PrintWriter(new Text(super.getWriter()));
        }
        return writer;
    }

    @Override
    public void flushBuffer() throws IOException {
        try {
            super.flushBuffer();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void reset() {
        super.reset();
        output = null;
        writer = null;
    }

    private IOException failed(IOException failure) {
        lifetime.responseWriteFailed(failure);
        return failure;
    }

    /// The container's stream. Whatever is not overridden here ends up in one of the `write` methods.
    private final class Output extends ServletOutputStream {

        private final ServletOutputStream target;

        Output(ServletOutputStream target) {
            this.target = target;
        }

        @Override
        public void write(int b) throws IOException {
            try {
                target.write(b);
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                target.write(bytes, offset, length);
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void write(ByteBuffer buffer) throws IOException {
            try {
                target.write(buffer);
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                target.flush();
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                target.close();
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public boolean isReady() {
            return target.isReady();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            target.setWriteListener(new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                    listener.onWritePossible();
                }

                @Override
                public void onError(Throwable failure) {
                    if (failure instanceof IOException e) {
                        lifetime.responseWriteFailed(e);
                    }
                    listener.onError(failure);
                }
            });
        }
    }

    /// The container's writer, which hides failures until it is asked.
    ///
    /// To ask is to flush. So it is asked when it is flushed anyway, and every few thousand characters
    /// once the response is committed, when a flush changes nothing that the client can see.
    private final class Text extends Writer {

        private static final int CHARS_BETWEEN_CHECKS = 8192;

        private final PrintWriter target;
        private int unchecked;

        Text(PrintWriter target) {
            this.target = target;
        }

        @Override
        public void write(int c) throws IOException {
            target.write(c);
            wrote(1);
        }

        @Override
        public void write(char[] chars, int offset, int length) throws IOException {
            target.write(chars, offset, length);
            wrote(length);
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            target.write(text, offset, length);
            wrote(length);
        }

        @Override
        public void flush() throws IOException {
            target.flush();
            check();
        }

        @Override
        public void close() throws IOException {
            target.close();
            check();
        }

        private void wrote(int chars) throws IOException {
            unchecked += chars;
            if (unchecked >= CHARS_BETWEEN_CHECKS && isCommitted()) {
                check();
            }
        }

        private void check() throws IOException {
            unchecked = 0;
            if (target.checkError()) {
                throw failed(new IOException("the response's writer reports an error"));
            }
        }
    }
}
