package dev.ripcord.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;

/// An HTTP client that sends a request and goes before it has the answer.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="client"}
///
/// It speaks HTTP/1.1 without TLS.
public final class LeavingClient implements AutoCloseable {

    private final Socket socket;

    private LeavingClient(Socket socket) {
        this.socket = socket;
    }

    /// Connects and sends a `GET`.
    ///
    /// @param uri what to get
    /// @return which waits for nothing
    /// @throws UncheckedIOException if nobody listens there
    public static LeavingClient get(URI uri) {
        try {
            Socket socket = new Socket(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort());
            LeavingClient client = new LeavingClient(socket);
            String path = Optional.ofNullable(uri.getRawPath())
                    .filter(raw -> !raw.isEmpty())
                    .orElse("/");
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            String head = "GET " + path + query + " HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits for the first byte of the answer, at most 10 seconds.
    ///
    /// @return this
    /// @throws UncheckedIOException if none comes
    public LeavingClient awaitAnswer() {
        try {
            socket.setSoTimeout((int) RealTime.GUARD.toMillis());
            if (socket.getInputStream().read() < 0) {
                throw new IOException("the server has closed the connection without an answer");
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Goes, as a client does that closes its connection. The server sees the end of the stream.
    public void leave() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Goes, as a client does that has crashed, or has data that it did not read. The server sees a reset.
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        leave();
    }

    /// The same as [#leave()].
    @Override
    public void close() {
        leave();
    }
}
