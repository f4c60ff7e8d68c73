package dev.ripcord.helidon;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/// Helidon's HTTP/2 connection. When it stops reading, be it that the client said GOAWAY, Helidon closes the
/// connection, whatever its streams are doing.
final class WatchedHttp2Connection implements ServerConnection, InterruptableTask<Void> {

    private final ServerConnection helidons;
    private final Http2Connection connection;

    /// Whether the server has asked for the end. Then it is not the client who left.
    private volatile boolean closedByServer;

    WatchedHttp2Connection(ServerConnection helidons, Http2Connection connection) {
        this.helidons = helidons;
        this.connection = connection;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        try {
            helidons.handle(limit);
        } finally {
            if (!closedByServer) {
                connection.over(Connection.Chunk.LAST);
            }
        }
    }

    @Override
    public Duration idleTime() {
        return helidons.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        closedByServer = true;
        helidons.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
        return helidons instanceof InterruptableTask<?> task && task.canInterrupt();
    }
}
