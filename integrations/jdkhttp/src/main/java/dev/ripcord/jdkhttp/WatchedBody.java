package dev.ripcord.jdkhttp;

import dev.ripcord.http.RequestLifetime;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;

/// A request's body that reports what fails when it is read, and is otherwise the server's own.
final class WatchedBody extends FilterInputStream {

    private final RequestLifetime lifetime;

    WatchedBody(InputStream body, RequestLifetime lifetime) {
        super(body);
        this.lifetime = lifetime;
    }

    @Override
    public int read() throws IOException {
        try {
            return in.read();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// The server has one class for a body that ends too early and for one that is malformed, and closes the connection
    /// after either.
    private IOException failed(IOException failure) {
        if (failure instanceof SocketException) {
            lifetime.connectionReset(failure);
        } else {
            lifetime.clientDisconnected();
        }
        return failure;
    }
}
