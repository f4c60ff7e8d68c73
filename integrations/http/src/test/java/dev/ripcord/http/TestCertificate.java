package dev.ripcord.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// A certificate for localhost, made by the JDK's own tool once per test run.
public final class TestCertificate {

    /// Of the key store and of its key.
    public static final String PASSWORD = "ripcord";

    /// A PKCS12 key store with one key.
    public static final Path KEY_STORE = generate();

    private TestCertificate() {}

    /// What a server needs to present the certificate.
    public static KeyManagerFactory keyManagers() {
        try (InputStream file = Files.newInputStream(KEY_STORE)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(file, PASSWORD.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, PASSWORD.toCharArray());
            return managers;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The same as a context.
    public static SSLContext serverContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers().getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path generate() {
        try {
            Path directory = Files.createTempDirectory("ripcord-tls");
            Path file = directory.resolve("key.p12");
            directory.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
            String options = "-genkeypair -alias a -keyalg EC -groupname secp256r1 -dname CN=localhost"
                    + " -ext san=dns:localhost,ip:127.0.0.1 -storetype PKCS12";
            List<String> command = new ArrayList<>();
            command.add(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
            command.addAll(List.of(options.split(" ")));
            command.addAll(List.of("-keystore", file.toString(), "-storepass", PASSWORD));
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("keytool failed");
            }
            return file;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
