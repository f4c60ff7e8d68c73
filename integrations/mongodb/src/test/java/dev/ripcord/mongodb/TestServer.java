package dev.ripcord.mongodb;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.mongodb.MongoClientSettings;
import com.mongodb.ServerAddress;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import com.mongodb.event.ConnectionCheckedInEvent;
import com.mongodb.event.ConnectionCheckedOutEvent;
import com.mongodb.event.ConnectionPoolListener;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import dev.ripcord.testkit.RealTime;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.bson.BsonInt64;

/// A MongoDB in the memory of the test, whose answers can be kept back, with a client that tells what it does.
final class TestServer implements AutoCloseable {

    /// The size of the pool.
    static final int POOL = 1;

    private final MongoServer server;
    private final HoldingProxy proxy;
    private final MongoClient client;

    /// The names of the commands that the client has sent.
    final Queue<String> sent = new ConcurrentLinkedQueue<>();

    /// What the server was told with the last of them about the time that it may take, in milliseconds; -1 if nothing.
    final AtomicLong told = new AtomicLong(-1);

    /// How many connections of the pool are in use.
    final AtomicInteger inUse = new AtomicInteger();

    TestServer() {
        server = new MongoServer(new Backend());
        server.enableOplog();
        proxy = HoldingProxy.to(server.bind());
        client = MongoClients.create(MongoClientSettings.builder()
                .applyToClusterSettings(cluster -> cluster.hosts(List.of(new ServerAddress("127.0.0.1", proxy.port()))))
                .applyToConnectionPoolSettings(pool -> pool.maxSize(POOL).addConnectionPoolListener(new Pool()))
                .applyToSocketSettings(socket -> socket.connectTimeout(60_000, MILLISECONDS))
                .addCommandListener(new Commands())
                .build());
    }

    /// Which ends with this.
    MongoClient client() {
        return client;
    }

    HoldingProxy proxy() {
        return proxy;
    }

    /// Waits until the answer to a command named `command`, the next one, is being kept back.
    void awaitHeld(String command) {
        await(command + " is sent", () -> sent.contains(command) && proxy.held() > 0);
    }

    /// Waits until `condition` is true, at most 10 s.
    static void await(String what, BooleanSupplier condition) {
        RealTime.await(what, condition);
    }

    @Override
    public void close() {
        proxy.release();
        client.close();
        proxy.close();
        server.shutdownNow();
    }

    /// The memory has no transactions: it says yes to the commands of those, and forgets them.
    private static final class Backend extends MemoryBackend {

        private static final Set<String> ENDS = Set.of("committransaction", "aborttransaction");

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (ENDS.contains(command.toLowerCase(Locale.ROOT))) {
                return new Document("ok", 1.0);
            }
            Document response = super.handleCommand(channel, database, command, query);
            if (command.equalsIgnoreCase("ismaster")) {
                response.put("logicalSessionTimeoutMinutes", 30);
            }
            return response;
        }
    }

    private final class Commands implements CommandListener {

        @Override
        public void commandStarted(CommandStartedEvent event) {
            sent.add(event.getCommandName());
            told.set(
                    event.getCommand().getNumber("maxTimeMS", new BsonInt64(-1)).longValue());
        }
    }

    private final class Pool implements ConnectionPoolListener {

        @Override
        public void connectionCheckedOut(ConnectionCheckedOutEvent event) {
            inUse.incrementAndGet();
        }

        @Override
        public void connectionCheckedIn(ConnectionCheckedInEvent event) {
            inUse.decrementAndGet();
        }
    }
}
