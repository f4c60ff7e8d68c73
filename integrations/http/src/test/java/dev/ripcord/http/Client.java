package dev.ripcord.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// An HTTP/1.1 client that sends exactly the bytes it is told, on one connection, and leaves in every way there is.
public final class Client implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)", Pattern.CASE_INSENSITIVE);

    private static final int PIECE = 65_536;

    private final AtomicLong sent = new AtomicLong();
    private final Socket raw;
    private final Socket socket;
    private final InputStream input;
    private final OutputStream output;

    private Client(Socket raw, Socket socket) throws IOException {
        this.raw = raw;
        this.socket = socket;
        raw.setTcpNoDelay(true);
        raw.setSoTimeout((int) Exchanges.GUARD.toMillis());
        this.input = socket.getInputStream();
        this.output = socket.getOutputStream();
    }

    public static Client plain(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        return new Client(socket, socket);
    }

    public static Client tls(int port) throws IOException {
        Socket raw = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket(raw, "localhost", port, false);
        socket.startHandshake();
        return new Client(raw, socket);
    }

    /// Trusts any certificate.
    public static SSLContext trusting() {
        TrustManager all = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {all}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String get(String path, Exchange exchange) {
        return "GET " + path + "?id=" + exchange.id + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    public static String post(String path, Exchange exchange, boolean read, String headers, String body) {
        return "POST " + path + "?id=" + exchange.id + (read ? "&read" : "") + " HTTP/1.1\r\nHost: localhost\r\n"
                + headers + "\r\n" + body;
    }

    /// Waits for no byte longer than that: less than [Exchanges#GUARD].
    public void setPatience(Duration atMost) throws IOException {
        raw.setSoTimeout((int) atMost.toMillis());
    }

    /// Sends all of it, however long the server lets it wait.
    public void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < bytes.length; i += PIECE) {
            int length = Math.min(PIECE, bytes.length - i);
            output.write(bytes, i, length);
            sent.addAndGet(length);
        }
        output.flush();
    }

    /// How many bytes have been sent.
    public long sent() {
        return sent.get();
    }

    /// Sends each byte on its own, as TCP is free to do.
    public void sendByteByByte(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            send(text.substring(i, i + 1));
        }
    }

    public int receiveByte() throws IOException {
        return input.read();
    }

    /// Reads one answer and returns its body.
    public String receive() throws IOException {
        String head = head();
        if (!head.startsWith("HTTP/1.1 200")) {
            throw new IOException("unexpected answer: " + head);
        }
        Matcher length = LENGTH.matcher(head);
        if (!length.find()) {
            throw new IOException("no length: " + head);
        }
        return new String(input.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.US_ASCII);
    }

    private String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int b = input.read();
            if (b < 0) {
                throw new EOFException("connection closed after: " + head);
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    /// FIN; with TLS close_notify and FIN.
    @Override
    public void close() throws IOException {
        socket.close();
        raw.close();
    }

    /// FIN, also with TLS.
    public void closeRaw() throws IOException {
        raw.close();
    }

    /// RST.
    public void reset() throws IOException {
        raw.setSoLinger(true, 0);
        raw.close();
    }

    /// FIN, and goes on reading.
    public void closeHalf() throws IOException {
        socket.shutdownOutput();
    }
}
