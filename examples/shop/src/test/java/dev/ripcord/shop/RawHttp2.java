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

    // names and values in HPACK's static table

    private static final int AUTHORITY = 1;
    private static final int PATH = 4;
    private static final int METHOD_GET = 0x80 | 2;
    private static final int SCHEME_HTTP = 0x80 | 6;
    private static final int NEW_NAME = 0;

    private final Socket socket;

    /// Connects and asks for `path` on stream 1.
    RawHttp2(URI server, String path, String traceId) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        headers.write(METHOD_GET);
        headers.write(SCHEME_HTTP);
        headers.write(PATH);
        text(headers, path);
        headers.write(AUTHORITY);
        text(headers, "localhost");
        headers.write(NEW_NAME);
        text(headers, "x-trace-id");
        text(headers, traceId);
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

    /// Neither compressed nor remembered.
    private static void text(ByteArrayOutputStream headers, String text) {
        headers.write(text.length());
        headers.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
