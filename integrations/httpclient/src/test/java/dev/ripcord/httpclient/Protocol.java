package dev.ripcord.httpclient;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// What client and server speak, and so how the end of an exchange looks on the wire.
enum Protocol {
    HTTP_1_1(HttpClient.Version.HTTP_1_1, false, WireServer.Kind.FIN),
    HTTP_1_1_OVER_TLS(HttpClient.Version.HTTP_1_1, true, WireServer.Kind.FIN),
    HTTP_2(HttpClient.Version.HTTP_2, false, WireServer.Kind.RST_STREAM);

    private static final String PASSWORD = "changeit";
    private static @Nullable SSLContext tls;

    private final HttpClient.Version version;
    private final boolean secure;
    private final WireServer.Kind end;

    Protocol(HttpClient.Version version, boolean secure, WireServer.Kind end) {
        this.version = version;
        this.secure = secure;
        this.end = end;
    }

    WireServer server() throws IOException {
        return WireServer.start(this == HTTP_2, secure ? tls() : null);
    }

    HttpClient client() {
        HttpClient.Builder builder = HttpClient.newBuilder().version(version);
        return (secure ? builder.sslContext(tls()) : builder).build();
    }

    /// How the server learns that an exchange has ended.
    WireServer.Kind end() {
        return end;
    }

    /// Both sides of TLS with a certificate that is made for this run.
    private static synchronized SSLContext tls() {
        if (tls == null) {
            try {
                tls = context(certificate());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (GeneralSecurityException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return tls;
    }

    private static SSLContext context(KeyStore keys) throws GeneralSecurityException {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private static KeyStore certificate() throws IOException, InterruptedException, GeneralSecurityException {
        Path folder = Files.createTempDirectory("ripcord-tls");
        Path file = folder.resolve("keys.p12");
        try {
            Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
            String arguments = "-genkeypair -keyalg EC -dname CN=localhost -ext SAN=dns:localhost -validity 2"
                    + " -storetype PKCS12 -storepass " + PASSWORD + " -keystore ";
            Process process = new ProcessBuilder((keytool + " " + arguments + file).split(" "))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + output);
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            return keys;
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }
}
