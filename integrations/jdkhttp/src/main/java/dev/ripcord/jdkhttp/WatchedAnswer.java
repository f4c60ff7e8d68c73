package dev.ripcord.jdkhttp;

import dev.ripcord.http.RequestLifetime;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// The body of an answer that reports what fails when it is written, and is otherwise the server's own.
final class WatchedAnswer extends FilterOutputStream {

    private final RequestLifetime lifetime;

    WatchedAnswer(OutputStream body, RequestLifetime lifetime) {
        super(body);
        this.lifetime = lifetime;
    }

    @Override
    public void write(int b) throws IOException {
        try {
            out.write(b);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IOException failed(IOException failure) {
        lifetime.responseWriteFailed(failure);
        return failure;
    }
}
