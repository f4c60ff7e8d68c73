package dev.ripcord.jdkhttp;

import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.spi.DisconnectSource;
import java.io.IOException;

/// One running request, whose connection is looked for in the table of sockets.
final class SocketWatch implements DisconnectSource {

    private final RequestLifetime lifetime;
    private final SocketTable table;
    private final String socket;

    /// What was read before may tell of an earlier connection with the same two ends.
    private final long beganNanos = System.nanoTime();

    // guarded by this

    private boolean open = true;

    /// Whether it was in the table.
    private boolean found;

    // the watcher's thread only

    /// The reading of the table that was looked at last.
    private int reading;

    /// Whether it was missing then. Once may be by chance.
    private boolean missing;

    SocketWatch(RequestLifetime lifetime, SocketTable table, String socket) {
        this.lifetime = lifetime;
        this.table = table;
        this.socket = socket;
    }

    @Override
    public RequestLifetime lifetime() {
        return lifetime;
    }

    @Override
    public synchronized boolean isOpen() {
        return open;
    }

    @Override
    public Next poll() {
        int newest = table.readings();
        synchronized (this) {
            if (!open) {
                return Next.FORGET;
            }
            if (newest == reading || !table.wasReadAfter(beganNanos)) {
                return Next.POLL;
            }
            reading = newest;
        }
        return switch (table.stateOf(socket)) {
            case OPEN -> found();
            case CLOSED_BY_PEER -> {
                lifetime.clientDisconnected();
                yield Next.FORGET;
            }
            case CLOSING -> Next.FORGET; // by the server itself
            case MISSING -> missed();
        };
    }

    private synchronized Next found() {
        if (open && !found) {
            found = true;
            table.found();
        }
        missing = false;
        return Next.POLL;
    }

    /// It may have been reset before it was looked for. But in a table of others it is not missed.
    private Next missed() {
        synchronized (this) {
            if (!found && !table.serves(socket)) {
                return Next.POLL;
            }
        }
        if (!missing) {
            missing = true;
            return Next.POLL;
        }
        lifetime.connectionReset(new IOException("the connection is no longer in the table of sockets"));
        return Next.FORGET;
    }

    /// The request is over.
    synchronized void end() {
        open = false;
        if (found) {
            table.left();
        }
    }
}
