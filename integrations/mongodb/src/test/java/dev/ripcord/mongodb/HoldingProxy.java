package dev.ripcord.mongodb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What stands between the driver and its server, and can keep the answers back, as a server does that hangs.
final class HoldingProxy implements AutoCloseable {

    private final ServerSocket socket;
    private final InetSocketAddress server;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();

    // Guarded by the lock.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean holds;
    private int held;

    private HoldingProxy(ServerSocket socket, InetSocketAddress server) {
        this.socket = socket;
        this.server = server;
    }

    static HoldingProxy to(InetSocketAddress server) {
        try {
            HoldingProxy proxy = new HoldingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), server);
            Thread.ofPlatform().daemon().name("holding-proxy").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    /// Keeps answers back from now on.
    void hold() {
        set(true);
    }

    /// Passes on what was kept back, and what comes.
    void release() {
        set(false);
    }

    private void set(boolean holding) {
        lock.lock();
        try {
            holds = holding;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// How many answers are being kept back.
    int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /// How many clients are connected.
    int connected() {
        return clients.size();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Socket upstream = new Socket(server.getAddress(), server.getPort());
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                clients.add(client);
                Thread.ofPlatform().daemon().start(() -> pump(client, upstream, false));
                Thread.ofPlatform().daemon().start(() -> pump(upstream, client, true));
            } catch (IOException e) {
                // closed: the loop ends
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (answers) {
                    awaitReleased();
                }
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // one of them has gone, so the other is closed
        } finally {
            clients.remove(from);
            clients.remove(to);
        }
    }

    private void awaitReleased() {
        lock.lock();
        try {
            held++;
            while (holds) {
                changed.awaitUninterruptibly();
            }
            held--;
        } finally {
            lock.unlock();
        }
    }

    /// Leaves all clients, and stops.
    @Override
    public void close() {
        release();
        try {
            socket.close();
            for (Socket client : clients) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
