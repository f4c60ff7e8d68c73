package dev.ripcord.jdkhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ripcord.jdkhttp.SocketTable.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SocketTableTest {

    private static final String HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n";

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    Path directory;

    private SocketTable table = new SocketTable(List.of());

    @BeforeEach
    void read() throws IOException {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the files below are of such a machine");
        Path v4 = directory.resolve("tcp");
        Path v6 = directory.resolve("tcp6");
        Files.writeString(
                v4,
                HEAD + "   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000\n"
                        + "   1: 0100007F:1F90 0200007F:C350 08 00000000:00000000 00:00000000\n"
                        + "   2: 0100007F:1F90 0100007F:C351 06 00000000:00000000 00:00000000\n"
                        + "   3: 00000000:1F92 00000000:0000 0A 00000000:00000000 00:00000000\n"
                        + "   4: 0100007F\n");
        Files.writeString(
                v6,
                HEAD + "   0: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000100007F:C350 08 0:0\n"
                        + "   1: B80D0120000000000000000001000000:01BB B80D0120000000000000000002000000:C350 01 0:0\n");
        table = new SocketTable(List.of(v4, v6, directory.resolve("none")));
        assertThat(table.readings()).isEqualTo(1);
    }

    @Test
    void aSocketIsFoundByBothItsEnds() throws IOException {
        assertThat(stateOf("127.0.0.1", 8080, "127.0.0.1", 50_000)).isEqualTo(State.OPEN);
        assertThat(stateOf("127.0.0.1", 8080, "127.0.0.2", 50_000)).isEqualTo(State.CLOSED_BY_PEER);
        assertThat(stateOf("127.0.0.1", 8080, "127.0.0.1", 50_001)).isEqualTo(State.CLOSING);
        assertThat(stateOf("127.0.0.1", 50_000, "127.0.0.1", 8080)).isEqualTo(State.MISSING);
    }

    @Test
    void anIpv4AddressIsFoundWithinIpv6() throws IOException {
        assertThat(stateOf("127.0.0.1", 8081, "127.0.0.1", 50_000)).isEqualTo(State.CLOSED_BY_PEER);
    }

    @Test
    void anIpv6AddressIsFound() throws IOException {
        assertThat(stateOf("2001:db8::1", 443, "2001:db8::2", 50_000)).isEqualTo(State.OPEN);
    }

    @Test
    void itIsOfTheServersThatListenInIt() throws IOException {
        assertThat(table.serves(key("127.0.0.1", 8082, "127.0.0.1", 50_000))).isTrue();
        assertThat(table.serves(key("127.0.0.1", 8080, "127.0.0.1", 50_000))).isFalse();
    }

    @Test
    void itIsReadAgainNoSoonerThanNeeded() {
        long beforeNanos = System.nanoTime();

        assertThat(table.wasReadAfter(beforeNanos)).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelsTableKnowsARealSocketAndItsEnd() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            String key = SocketTable.keyOf((InetSocketAddress) accepted.getLocalSocketAddress(), (InetSocketAddress)
                    accepted.getRemoteSocketAddress());
            SocketTable before = new SocketTable();
            before.readings();
            assertThat(before.stateOf(key)).isEqualTo(State.OPEN);

            client.close();

            SocketTable after = new SocketTable();
            after.readings();
            assertThat(after.stateOf(key)).isEqualTo(State.CLOSED_BY_PEER);
        }
    }

    private State stateOf(String local, int localPort, String remote, int remotePort) throws IOException {
        return table.stateOf(key(local, localPort, remote, remotePort));
    }

    private static String key(String local, int localPort, String remote, int remotePort) throws IOException {
        return SocketTable.keyOf(
                new InetSocketAddress(InetAddress.getByName(local), localPort),
                new InetSocketAddress(InetAddress.getByName(remote), remotePort));
    }
}
