package dev.ripcord.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// An HTTP server that answers each request with the same text, byte after byte, with a pause before each.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="http"}
///
/// It speaks HTTP/1.1 on the loopback interface, and closes the connection after each answer. A pause longer than the
/// test makes it a server that has sent its head and then hangs.
///
/// ## Threads and memory
///
/// It has a virtual thread for each connection, which ends when the client leaves or this is closed.
public final class DrippingServer implements AutoCloseable {

    private final ServerSocket socket;
    private final byte[] body;
    private final Duration pause;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger abandoned = new AtomicInteger();
    private final CancellableContext open;

    private DrippingServer(ServerSocket socket, byte[] body, Duration pause) {
        this.socket = socket;
        this.body = body;
        this.pause = pause;
        this.open = Context.background().withCancel();
    }

    /// Starts a server.
    ///
    /// @param body what it answers
    /// @param pause before each byte of it
    /// @return to be closed
    public static DrippingServer open(String body, Duration pause) {
        requireNonNull(body, "body");
        requireNonNull(pause, "pause");
        try {
            DrippingServer server = new DrippingServer(
                    new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), body.getBytes(UTF_8), pause);
            Thread.ofVirtual()
                    .name("dripping-server")
                    .inheritInheritableThreadLocals(false)
                    .start(server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where it is.
    ///
    /// @return its address, with the path `/`
    public URI uri() {
        return URI.create("http://" + socket.getInetAddress().getHostAddress() + ":" + socket.getLocalPort() + "/");
    }

    /// How many requests have come.
    ///
    /// @return those whose head has been read
    public int requests() {
        return requests.get();
    }

    /// How many clients have got the whole answer.
    ///
    /// @return those to whom all of it was sent
    public int answered() {
        return answered.get();
    }

    /// How many clients have left before the end of the answer.
    ///
    /// @return those that closed or reset their connection
    public int abandoned() {
        return abandoned.get();
    }

    /// Waits until at least `clients` have left before the end of the answer.
    ///
    /// @param clients how many
    /// @throws AssertionError after 10 seconds
    public void awaitAbandoned(int clients) {
        if (!RealTime.holds(() -> abandoned() >= clients)) {
            throw new AssertionError(abandoned() + " instead of " + clients + " clients have left after 10 s");
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                connections.add(connection);
                if (socket.isClosed()) {
                    connection.close();
                }
                Thread.ofVirtual().name("dripping-connection").start(() -> serve(connection));
            } catch (IOException e) {
                // closed: the loop ends
            }
        }
    }

    @SuppressWarnings("ContextCapturedByTask") // the task ends with the connection, which is closed here
    private void serve(Socket connection) {
        try (connection;
                CancellableContext client = open.withCancel()) {
            InputStream in = connection.getInputStream();
            readHead(in);
            requests.incrementAndGet();
            Thread.ofVirtual().name("dripping-watch").start(() -> awaitLeaving(client, in));
            OutputStream out = connection.getOutputStream();
            String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + body.length
                    + "\r\nConnection: close\r\n\r\n";
            out.write(head.getBytes(UTF_8));
            for (byte drop : body) {
                LeakObserver.unwatched(() -> pause(client));
                if (client.done().isDone()) {
                    return;
                }
                out.write(drop);
            }
            answered.incrementAndGet();
        } catch (IOException e) {
            // the other side has gone, which the watch has seen
        } finally {
            connections.remove(connection);
        }
    }

    @SuppressWarnings("ContextSwallowed") // the caller asks
    private void pause(Context client) {
        try {
            Blocking.sleep(client, pause);
        } catch (ContextException e) {
            // seen by the caller
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void readHead(InputStream in) throws IOException {
        int end = 0;
        while (end < 4) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            end = next == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : next == '\r' ? 1 : 0;
        }
    }

    private void awaitLeaving(CancellableContext client, InputStream in) {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // reset, or closed by us
        }
        if (!client.done().isDone() && client.cancel()) {
            abandoned.incrementAndGet();
        }
    }

    /// Leaves all clients, and stops.
    @Override
    public void close() {
        open.close();
        try {
            socket.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where it is, and what has come and gone.
    @Override
    public String toString() {
        return "DrippingServer(" + uri() + ", " + requests + " requests, " + answered + " answered, " + abandoned
                + " abandoned)";
    }
}
