package dev.ripcord.httpclient;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A server that answers every request by one script, and notes what arrives on the wire, and when.
///
/// It speaks HTTP/1.1, and HTTP/2 to a client that asks for the upgrade if it was started for that. Of HTTP/2 it
/// knows as much as the scripts need: it reads no header block, and its own is the one byte of `:status 200`.
final class WireServer implements AutoCloseable {

    static final String WHOLE_BODY = "first\nsecond\n";
    static final String HALF_BODY = "first\nseco";

    /// How it answers.
    enum Script {
        /// Nothing, ever.
        SILENT,
        /// Nothing, and without reading the request, so that the client cannot even finish to send a big one.
        DEAF,
        /// The headers and [#HALF_BODY], and nothing more.
        HALF,
        /// The headers and [#WHOLE_BODY].
        WHOLE,
        /// Half a status line, and the end of the connection.
        BROKEN
    }

    /// What it noted.
    enum Kind {
        /// A request was read, and answered as far as the script says.
        REQUEST,
        /// The client closed the connection, in whatever way.
        FIN,
        /// The client reset a stream, with the code CANCEL.
        RST_STREAM
    }

    record Event(Kind kind, long nanoTime) {}

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int ACKNOWLEDGED = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int CANCEL = 8;
    private static final byte[] STATUS_200 = {(byte) 0x88};

    private final ServerSocket listening;
    private final boolean secure;
    private final boolean http2;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private volatile Script script = Script.WHOLE;

    private WireServer(ServerSocket listening, boolean secure, boolean http2) {
        this.listening = listening;
        this.secure = secure;
        this.http2 = http2;
    }

    /// @param tls how to speak TLS, or null for none
    static WireServer start(boolean http2, @Nullable SSLContext tls) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        ServerSocket socket = tls == null
                ? new ServerSocket(0, 100, loopback)
                : tls.getServerSocketFactory().createServerSocket(0, 100, loopback);
        WireServer server = new WireServer(socket, tls != null, http2);
        server.thread("wire-accept", server::accept);
        return server;
    }

    static WireServer start() throws IOException {
        return start(false, null);
    }

    WireServer answering(Script script) {
        this.script = script;
        return this;
    }

    /// Sends what the script [Script#HALF] has left out, to every HTTP/1.1 client that waits for it.
    void finish() throws IOException {
        for (Socket socket : open) {
            write(socket.getOutputStream(), WHOLE_BODY.substring(HALF_BODY.length()));
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    URI uri() {
        return URI.create((secure ? "https" : "http") + "://localhost:" + port() + "/");
    }

    HttpRequest get() {
        return HttpRequest.newBuilder(uri()).build();
    }

    /// The next event, which must come within 10 s.
    Event next() throws InterruptedException {
        return requireNonNull(events.poll(10, TimeUnit.SECONDS), "nothing arrived on the wire within 10 s");
    }

    /// Whatever has arrived and was not asked for.
    BlockingQueue<Event> rest() {
        return events;
    }

    /// Connections accepted so far.
    int accepted() {
        return accepted.get();
    }

    /// Connections that the client has not closed.
    int open() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void thread(String name, Task task) {
        Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the other side has gone, or this server was closed
            }
        });
    }

    private interface Task {
        void run() throws IOException;
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = listening.accept();
            socket.setTcpNoDelay(true);
            accepted.incrementAndGet();
            open.add(socket);
            thread("wire-connection", () -> serve(socket));
        }
    }

    private void serve(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            if (script == Script.DEAF) {
                note(Kind.REQUEST);
                in.transferTo(OutputStream.nullOutputStream());
            }
            OutputStream out = socket.getOutputStream();
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                if (http2 && head.toLowerCase(Locale.ROOT).contains("upgrade: h2c")) {
                    write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
                    serveHttp2(in, out);
                } else if (!answerHttp1(out)) {
                    return;
                }
            }
        } finally {
            if (!listening.isClosed()) {
                note(Kind.FIN);
            }
            open.remove(socket);
        }
    }

    private void note(Kind kind) {
        events.add(new Event(kind, System.nanoTime()));
    }

    // --------------------------------------------------------------------------------------------- HTTP/1.1

    /// A request without a body, or what comes before the body; empty at the end of the connection.
    private static String head(DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /// @return whether the connection goes on
    private boolean answerHttp1(OutputStream out) throws IOException {
        switch (script) {
            case SILENT, DEAF -> {}
            case HALF ->
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + WHOLE_BODY.length() + "\r\n\r\n" + HALF_BODY);
            case WHOLE ->
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + WHOLE_BODY.length() + "\r\n\r\n" + WHOLE_BODY);
            case BROKEN -> write(out, "HTTP/1.");
        }
        note(Kind.REQUEST);
        return script != Script.BROKEN;
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    // ----------------------------------------------------------------------------------------------- HTTP/2

    private void serveHttp2(DataInputStream in, OutputStream out) throws IOException {
        in.readNBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length());
        frame(out, SETTINGS, 0, 0, new byte[0]);
        answerHttp2(out, 1);
        try {
            while (true) {
                int lengthAndType = in.readInt();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(lengthAndType >>> 8);
                switch (lengthAndType & 0xFF) {
                    case HEADERS -> answerHttp2(out, stream);
                    case RESET -> {
                        if (ByteBuffer.wrap(payload).getInt() == CANCEL) {
                            note(Kind.RST_STREAM);
                        }
                    }
                    case SETTINGS -> {
                        if ((flags & ACKNOWLEDGED) == 0) {
                            frame(out, SETTINGS, ACKNOWLEDGED, 0, new byte[0]);
                        }
                    }
                    default -> {}
                }
            }
        } catch (EOFException e) {
            // the client has closed the connection
        }
    }

    private void answerHttp2(OutputStream out, int stream) throws IOException {
        if (script == Script.HALF || script == Script.WHOLE) {
            boolean whole = script == Script.WHOLE;
            frame(out, HEADERS, END_HEADERS, stream, STATUS_200);
            frame(out, DATA, whole ? END_STREAM : 0, stream, (whole ? WHOLE_BODY : HALF_BODY).getBytes(US_ASCII));
        }
        note(Kind.REQUEST);
    }

    private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        out.write(frame.array());
        out.flush();
    }
}
