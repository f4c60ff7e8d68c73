package dev.ripcord.jdkhttp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The TCP sockets of this machine, as Linux lists them: one line each, with both addresses and the state.
///
/// By the watcher's thread only, but for [#watched()].
final class SocketTable {

    /// How far the other end has gone.
    enum State {
        /// It is there, as far as can be told.
        OPEN,
        /// It has closed its half.
        CLOSED_BY_PEER,
        /// This end has closed, or both.
        CLOSING,
        /// There is no such socket; or it was passed over, for the kernel lists them while they come and go.
        MISSING
    }

    /// Of IPv4, and of IPv6, where IPv4 may be, too.
    static final List<Path> FILES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    private static final String LISTENING = "0A";

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// What part of the time is spent reading, at most.
    private static final int ONE_IN = 10;

    /// An IPv4 address within IPv6, up to where it begins.
    private static final String MAPPED = "0000000000000000" + hex(new byte[] {0, 0, (byte) 0xff, (byte) 0xff});

    private final List<Path> files;
    private final AtomicInteger watched = new AtomicInteger();
    private Map<String, State> sockets = Map.of();

    /// The ports that somebody has been seen to listen on, in hex.
    private final Set<String> served = new HashSet<>();

    private long readNanos;
    private long tookNanos;
    private int readings;

    SocketTable() {
        this(FILES);
    }

    /// @param files in the format of [#FILES]; those that do not exist are empty
    SocketTable(List<Path> files) {
        this.files = files;
    }

    /// Whether this machine has one.
    static boolean exists() {
        return Files.isReadable(FILES.get(0));
    }

    /// What the socket with these two ends is called here.
    static String keyOf(InetSocketAddress local, InetSocketAddress remote) {
        return keyOf(local) + " " + keyOf(remote);
    }

    /// How often it has been read, once more if it is time for that.
    int readings() {
        long sinceNanos = System.nanoTime() - readNanos;
        if (readings == 0 || sinceNanos >= Math.max(PERIOD_NANOS, tookNanos * ONE_IN)) {
            read();
        }
        return readings;
    }

    boolean wasReadAfter(long nanos) {
        return readNanos - nanos > 0;
    }

    /// As it was read last.
    State stateOf(String key) {
        return sockets.getOrDefault(key, State.MISSING);
    }

    /// Whether it is the table that the connections of this one's server are in: its port has been seen in it.
    boolean serves(String key) {
        return served.contains(key.substring(key.indexOf(':') + 1, key.indexOf(' ')));
    }

    /// Those that somebody looks for and has found.
    int watched() {
        return watched.get();
    }

    void found() {
        watched.incrementAndGet();
    }

    void left() {
        watched.decrementAndGet();
    }

    private void read() {
        readNanos = System.nanoTime();
        Map<String, State> all = new HashMap<>();
        for (Path file : files) {
            if (Files.exists(file)) {
                read(file, all);
            }
        }
        sockets = all;
        readings++;
        tookNanos = System.nanoTime() - readNanos;
    }

    private void read(Path file, Map<String, State> into) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            lines.readLine(); // the head
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                StringTokenizer words = new StringTokenizer(line);
                if (words.countTokens() >= 4) {
                    words.nextToken(); // the number
                    String local = words.nextToken();
                    String remote = words.nextToken();
                    String state = words.nextToken();
                    if (state.equals(LISTENING)) {
                        served.add(local.substring(local.indexOf(':') + 1));
                    } else {
                        into.put(unmapped(local) + " " + unmapped(remote), state(state));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static State state(String code) {
        return switch (code) {
            case "01" -> State.OPEN;
            case "08" -> State.CLOSED_BY_PEER;
            default -> State.CLOSING;
        };
    }

    private static String unmapped(String address) {
        return address.startsWith(MAPPED) ? address.substring(MAPPED.length()) : address;
    }

    private static String keyOf(InetSocketAddress end) {
        return hex(end.getAddress().getAddress()) + String.format(":%04X", end.getPort());
    }

    /// Words of the network's order, printed as if they were this machine's.
    private static String hex(byte[] address) {
        ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        StringBuilder hex = new StringBuilder();
        while (words.hasRemaining()) {
            hex.append(String.format("%08X", words.getInt()));
        }
        return hex.toString();
    }
}
