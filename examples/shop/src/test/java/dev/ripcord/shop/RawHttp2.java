package dev.ripcord.shop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// An HTTP/2 client that can do what a library hides: ask one thing over h2c, reset the stream, drop the connection.
final class RawHttp2 implements AutoCloseable {

    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int END_STREAM_AND_HEADERS = 5;
    private static final int CANCEL = 8;

    private final Socket socket;

    /// Connects and asks for `path` on stream 1.
    RawHttp2(URI server, String path, String traceId) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        header(headers, ":method", "GET");
        header(headers, ":scheme", "http");
        header(headers, ":path", path);
        header(headers, ":authority", "localhost");
        header(headers, "x-trace-id", traceId);
        socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
        frame(HEADERS, END_STREAM_AND_HEADERS, 1, headers.toByteArray());
    }

    /// Takes the request back and keeps the connection.
    void reset() throws IOException {
        frame(RST_STREAM, 0, 1, ByteBuffer.allocate(4).putInt(CANCEL).array());
    }

    /// Closes the connection.
    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        socket.getOutputStream().write(frame.array());
    }

    /// A literal that is neither compressed nor remembered.
    private static void header(ByteArrayOutputStream headers, String name, String value) {
        headers.write(0);
        headers.write(name.length());
        headers.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        headers.write(value.length());
        headers.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }
}
