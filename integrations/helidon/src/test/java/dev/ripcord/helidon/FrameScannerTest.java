package dev.ripcord.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameScannerTest {

    private static final int DATA = 0;
    private static final int RST_STREAM = 3;

    private final List<String> resets = new ArrayList<>();
    private final FrameScanner scanner = new FrameScanner((stream, code) -> resets.add(stream + ":" + code));

    @Test
    void findsResetsAmongFramesHoweverTheBytesAreCut() {
        byte[] bytes = connection(
                frame(DATA, 1, new byte[] {0, 0, 4, RST_STREAM, 0, 0, 0, 0, 9, 0, 0, 0, 8}),
                frame(RST_STREAM, 1, code(8)),
                frame(DATA, 3, new byte[0]),
                frame(RST_STREAM, Integer.MAX_VALUE, code(-1)),
                frame(DATA, 5, new byte[300]),
                frame(RST_STREAM, 5, code(0)));

        for (int size = 1; size <= bytes.length; size++) {
            resets.clear();
            FrameScanner cut = new FrameScanner((stream, code) -> resets.add(stream + ":" + code));
            for (int at = 0; at < bytes.length; at += size) {
                cut.scan(Arrays.copyOfRange(bytes, at, Math.min(at + size, bytes.length)));
            }

            assertThat(resets)
                    .as("cut into pieces of " + size)
                    .containsExactly("1:8", Integer.MAX_VALUE + ":4294967295", "5:0");
        }
    }

    @Test
    void passesOverAResetOfAWrongLengthWhichHelidonRefuses() {
        scanner.scan(connection(frame(RST_STREAM, 1, new byte[7]), frame(RST_STREAM, 3, code(8))));

        assertThat(resets).containsExactly("3:8");
    }

    private static byte[] code(int code) {
        return ByteBuffer.allocate(4).putInt(code).array();
    }

    private static byte[] frame(int type, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) 0)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] connection(byte[]... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        for (byte[] frame : frames) {
            bytes.writeBytes(frame);
        }
        return bytes.toByteArray();
    }
}
