package dev.ripcord.r2dbc;

import dev.ripcord.r2dbc.Database.Server;
import dev.ripcord.testkit.RealTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The MariaDB of the tests: the one that `RIPCORD_TEST_MARIADB` names by its JDBC URL, else one that is started where
/// `mariadbd` is installed; its process ends with the JVM's.
final class MariaDb {

    private static final Path DAEMON = Path.of("/usr/sbin/mariadbd");
    private static final Path INSTALLER = Path.of("/usr/bin/mariadb-install-db");

    /// Null if there is none.
    static final @Nullable String URL = namedOrStarted();

    private MariaDb() {}

    private static @Nullable String namedOrStarted() {
        String named = System.getenv("RIPCORD_TEST_MARIADB");
        return named != null || !isInstalled() ? named : start().url();
    }

    static boolean isInstalled() {
        return Files.isExecutable(DAEMON) && Files.isExecutable(INSTALLER);
    }

    static Server start() {
        try {
            return start(Files.createTempDirectory("mariadb"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Server start(Path folder) throws IOException, InterruptedException {
        String user = "--user=" + System.getProperty("user.name");
        String data = "--datadir=" + folder.resolve("data");
        Process installer =
                run(folder, INSTALLER, "--no-defaults", user, data, "--auth-root-authentication-method=normal");
        if (installer.waitFor() != 0) {
            throw new IOException(Files.readString(folder.resolve("log")));
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String socket = "--socket=" + folder.resolve("socket");
        Process daemon =
                run(folder, DAEMON, "--no-defaults", user, data, socket, "--bind-address=127.0.0.1", "--port=" + port);
        Runtime.getRuntime().addShutdownHook(new Thread(daemon::destroyForcibly));
        String url = "jdbc:mariadb://127.0.0.1:" + port + "/test?user=root";
        long start = System.nanoTime();
        while (true) {
            try {
                Database.value(Database.factory(url), "select 1");
                return new Server(url, daemon.toHandle());
            } catch (RuntimeException e) {
                if (System.nanoTime() - start > 60_000_000_000L || !daemon.isAlive()) {
                    throw new IOException(Files.readString(folder.resolve("log")), e);
                }
                RealTime.pass(Duration.ofMillis(50));
            }
        }
    }

    private static Process run(Path folder, Path program, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.toString());
        builder.command().addAll(List.of(arguments));
        return builder.redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }
}
