package dev.ripcord.load;

import dev.ripcord.Context;
import dev.ripcord.http.RequestEndedException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/// The process that serves: prints its port, and ends when its standard input does.
///
/// - `/fast` answers `ok`; `/work?17` after 17 ms; `/echo` answers the body.
/// - `/slow?17` takes until its context ends, or until `/release` if the server is without an adapter.
/// - `/ended` tells of each slow request whose client left when that was noticed, `17 123456789` a line, by
///   [System#nanoTime()], which all processes of one Linux share; and forgets it.
/// - `/cpu` tells what the process has used, `/stats` what it has, after a collection of garbage.
final class Served implements Handler {

    private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, Long> ended = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private final boolean adapter;
    private volatile CountDownLatch released = new CountDownLatch(1);

    private Served(boolean adapter) {
        this.adapter = adapter;
    }

    /// Serves until standard input ends.
    ///
    /// @param arguments the server's name, and whether it has its adapter
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.WARNING);
        boolean adapter = Boolean.parseBoolean(arguments[1]);
        Kind.Server server = Kind.valueOf(arguments[0]).start(adapter, new Served(adapter));
        System.out.println(server.port());
        while (System.in.read() >= 0) {
            // until its parent ends
        }
        Runtime.getRuntime().halt(0);
    }

    @Override
    public byte[] handle(Context ctx, String path, @Nullable String query, Body body) throws Exception {
        return switch (path) {
            case "/fast" -> OK;
            case "/echo" -> body.read();
            case "/work" -> work(ctx, String.valueOf(query));
            case "/slow" -> slow(ctx, String.valueOf(query));
            case "/release" -> release();
            case "/ended" -> ended();
            case "/cpu" ->
                ascii(String.valueOf(
                        bean(com.sun.management.OperatingSystemMXBean.class).getProcessCpuTime()));
            case "/stats" -> stats();
            default -> throw new IOException("no such path: " + path);
        };
    }

    private static byte[] work(Context ctx, String millis) throws InterruptedException {
        ctx.done().await(Duration.ofMillis(Long.parseLong(millis)));
        return ascii("after " + millis);
    }

    private byte[] slow(Context ctx, String id) throws InterruptedException {
        running.incrementAndGet();
        try {
            if (adapter) {
                ctx.done().await();
                if (ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone()) {
                    ended.put(id, System.nanoTime());
                }
            } else {
                released.await();
            }
            return OK;
        } finally {
            running.decrementAndGet();
        }
    }

    private byte[] release() {
        released.countDown();
        released = new CountDownLatch(1);
        return OK;
    }

    private byte[] ended() {
        StringBuilder lines = new StringBuilder();
        ended.forEach((id, nanos) -> {
            lines.append(id).append(' ').append(nanos).append('\n');
            ended.remove(id);
        });
        return ascii(lines.toString());
    }

    private byte[] stats() {
        long files = bean(com.sun.management.UnixOperatingSystemMXBean.class).getOpenFileDescriptorCount();
        System.gc();
        return ascii("%d %d %d %d %d"
                .formatted(
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                        running.get(),
                        ManagementFactory.getThreadMXBean().getThreadCount(),
                        files,
                        ripcordObjects()));
    }

    private static <T extends java.lang.management.PlatformManagedObject> T bean(Class<T> type) {
        return ManagementFactory.getPlatformMXBean(type);
    }

    /// How many objects of the library are alive.
    private static long ripcordObjects() {
        try {
            String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
            return histogram
                    .lines()
                    .map(line -> line.trim().split("\\s+", -1))
                    .filter(line -> line.length > 3 && line[3].startsWith("dev.ripcord."))
                    .mapToLong(line -> Long.parseLong(line[1]))
                    .sum();
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
