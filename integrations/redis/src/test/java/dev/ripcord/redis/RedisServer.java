package dev.ripcord.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ripcord.testkit.RealTime;
import io.lettuce.core.RedisURI;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/// A Redis of the tests: one that is started where `redis-server` is on the path, else the one that
/// `RIPCORD_TEST_REDIS` names, such as `redis://127.0.0.1:6379`.
record RedisServer(String host, int port, @Nullable Process process) implements AutoCloseable {

    /// What tells our connections from others on a shared server.
    static final String NAME = "ripcord-test-" + ProcessHandle.current().pid();

    private static final Pattern OURS = Pattern.compile("(?m)^id=(\\d+) .* name=" + NAME + " .* flags=(\\w+) .*$");

    /// The one that most tests share. The test is skipped if there is none, or fails where services are required.
    static RedisServer shared() {
        return Shared.SERVER.orSkip();
    }

    /// One that a test may freeze. The test is skipped if none can be started.
    static RedisServer start() {
        return (isInstalled() ? launch() : new RedisServer("", 0, null)).orSkip();
    }

    private RedisServer orSkip() {
        boolean required = "1".equals(System.getenv("RIPCORD_REQUIRE_SERVICES"));
        assumeTrue(required || port != 0, "no redis-server on the path, and RIPCORD_TEST_REDIS names none");
        return this;
    }

    private static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    }

    private static RedisServer launch() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(free.getLocalPort());
            free.close();
            Process process = new ProcessBuilder(
                            "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectErrorStream(true)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            RedisServer server = new RedisServer("127.0.0.1", Integer.parseInt(port), process);
            RealTime.await("redis-server answers", server::answers);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (Jedis jedis = admin()) {
            return jedis.ping().equals("PONG");
        } catch (JedisConnectionException e) {
            return false;
        }
    }

    /// A connection that is not under test.
    Jedis admin() {
        return new Jedis(host, port);
    }

    /// A client of Jedis with a pool of `size` connections.
    RedisClient jedis(int size) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(size);
        pool.setMaxIdle(size);
        return RedisClient.builder()
                .hostAndPort(new HostAndPort(host, port))
                .clientConfig(
                        DefaultJedisClientConfig.builder().clientName(NAME).build())
                .poolConfig(pool)
                .build();
    }

    /// A client of Lettuce.
    io.lettuce.core.RedisClient lettuce() {
        return lettuce(RedisURI.DEFAULT_TIMEOUT_DURATION);
    }

    io.lettuce.core.RedisClient lettuce(Duration timeout) {
        return io.lettuce.core.RedisClient.create(RedisURI.builder()
                .withHost(host)
                .withPort(port)
                .withClientName(NAME)
                .withTimeout(timeout)
                .build());
    }

    /// How many of our connections are open.
    long connected() {
        try (Jedis jedis = admin()) {
            return OURS.matcher(jedis.clientList()).results().count();
        }
    }

    /// How many of our connections the server blocks.
    long blocked() {
        try (Jedis jedis = admin()) {
            return blocked(jedis);
        }
    }

    /// Likewise, asked over `admin`.
    long blocked(Jedis admin) {
        return OURS.matcher(admin.clientList())
                .results()
                .filter(client -> client.group(2).contains("b"))
                .count();
    }

    /// Waits until the server blocks `count` of our connections, at most 10 s.
    void awaitBlocked(int count) {
        RealTime.await(count + " blocked", () -> blocked() == count);
    }

    /// Stops the server's process by a signal, or lets it go on.
    void signal(String name) throws IOException, InterruptedException {
        if (process == null) {
            throw new IllegalStateException("not ours to stop");
        }
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /// Started when first needed; its process ends with the JVM's.
    private static final class Shared {

        static final RedisServer SERVER = startOrNamed();

        private static RedisServer startOrNamed() {
            if (isInstalled()) {
                return launch();
            }
            String named = System.getenv("RIPCORD_TEST_REDIS");
            if (named == null) {
                return new RedisServer("", 0, null);
            }
            URI uri = URI.create(named);
            return new RedisServer(uri.getHost(), uri.getPort(), null);
        }
    }
}
