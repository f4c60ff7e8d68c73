package dev.ripcord.http;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// An HTTP/2 client that writes its frames by hand, on a connection without TLS that begins as HTTP/2.
public final class Http2Client implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    /// The error code of a client that has lost interest.
    public static final int CANCEL = 8;

    private final Socket socket;
    private final DataInputStream input;
    private final OutputStream output;

    public Http2Client(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Exchanges.GUARD.toMillis());
        input = new DataInputStream(socket.getInputStream());
        output = socket.getOutputStream();
        ByteArrayOutputStream preface = new ByteArrayOutputStream();
        preface.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        preface.writeBytes(encoded(SETTINGS, 0, 0, new byte[0]));
        output.write(preface.toByteArray()); // in one piece, as clients do
    }

    /// Opens a stream with a request without a body.
    public void get(int stream, String path) throws IOException {
        frame(HEADERS, END_HEADERS | END_STREAM, stream, headers(true, path));
    }

    /// Opens a stream with a request whose body follows.
    public void post(int stream, String path) throws IOException {
        frame(HEADERS, END_HEADERS, stream, headers(false, path));
    }

    public void data(int stream, String text, boolean last) throws IOException {
        frame(DATA, last ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.US_ASCII));
    }

    public void resetStream(int stream) throws IOException {
        frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array());
    }

    public void goAway() throws IOException {
        frame(GOAWAY, 0, 0, new byte[8]);
    }

    /// Reads frames until a stream has its whole answer, and returns that.
    public String receive(int stream) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int lengthAndType = input.readInt();
            int flags = input.readUnsignedByte();
            int id = input.readInt();
            byte[] payload = input.readNBytes(lengthAndType >>> 8);
            int type = lengthAndType & 0xff;
            if (type == SETTINGS && (flags & ACK) == 0) {
                frame(SETTINGS, ACK, 0, new byte[0]);
            } else if (type == GOAWAY) { // a goodbye names the last stream that is still answered
                if (ByteBuffer.wrap(payload).getInt() < stream) {
                    throw new IOException("connection ended by the server");
                }
            } else if (id == stream) {
                if (type == RST_STREAM) {
                    throw new IOException("stream ended by the server");
                }
                if (type == DATA) {
                    body.write(payload);
                }
                if ((flags & END_STREAM) != 0 && (type == DATA || type == HEADERS)) {
                    return body.toString(StandardCharsets.US_ASCII);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    public void closeHalf() throws IOException {
        socket.shutdownOutput();
    }

    /// HPACK without a table: names from the static one, values as they are.
    private static byte[] headers(boolean get, String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(get ? 0x82 : 0x83); // :method
        block.write(0x86); // :scheme http
        literal(block, 4, path); // :path
        literal(block, 1, "localhost"); // :authority
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, int name, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        block.write(name);
        block.write(bytes.length); // less than 127
        block.writeBytes(bytes);
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        output.write(encoded(type, flags, stream, payload));
    }

    private static byte[] encoded(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }
}
