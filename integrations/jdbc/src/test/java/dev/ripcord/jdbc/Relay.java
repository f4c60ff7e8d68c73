package dev.ripcord.jdbc;

import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands between a driver and its server, and passes on what each says, the server's answers when a test lets it.
final class Relay implements AutoCloseable {

    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final InetSocketAddress server;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Gate hold = new Gate(0);
    private volatile Gate held = new Gate();

    Relay(InetSocketAddress server) throws IOException {
        this.server = server;
        Threads.PLATFORM.start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    /// How many were made.
    int connections() {
        return connections.get();
    }

    /// Keeps the answers back from now on.
    void hold() {
        held = new Gate();
        hold = new Gate();
    }

    /// Waits until there is one to be kept back.
    void awaitHeld() {
        held.await();
    }

    /// Passes them on again.
    void release() {
        hold.open();
    }

    private void accept() throws IOException {
        for (; ; ) {
            Socket client = door.accept();
            connections.incrementAndGet();
            Socket answering = new Socket(server.getAddress(), server.getPort());
            Threads.PLATFORM.start(() -> pass(client, answering, false));
            Threads.PLATFORM.start(() -> pass(answering, client, true));
        }
    }

    private void pass(Socket from, Socket to, boolean isAnswer) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[8192];
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                if (isAnswer) {
                    held.open();
                    hold.await();
                }
                out.write(bytes, 0, n);
            }
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
