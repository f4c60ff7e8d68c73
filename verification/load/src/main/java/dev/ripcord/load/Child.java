package dev.ripcord.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A server in a process of its own, so that what it takes is not mixed with what its clients take.
final class Child implements AutoCloseable {

    final int port;

    private final Process process;

    private Child(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static Child start(Kind kind, boolean adapter) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx2g",
                        "-XX:+UseParallelGC",
                        // or the JDK's server closes what is idle once 200 are, as when many requests end at once
                        "-Dsun.net.httpserver.maxIdleConnections=20000",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Served.class.getName(),
                        kind.name(),
                        String.valueOf(adapter))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader();
        String port = output.readLine();
        if (port == null) {
            throw new IOException(kind + " has not started");
        }
        return new Child(process, Integer.parseInt(port));
    }

    /// What the server has.
    ///
    /// @param heap bytes in use
    /// @param running slow requests
    /// @param objects of the library
    record Stats(long heap, long running, long threads, long files, long objects) {}

    Stats stats() throws IOException {
        List<Long> numbers =
                Arrays.stream(get("/stats").split(" ", -1)).map(Long::valueOf).toList();
        return new Stats(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3), numbers.get(4));
    }

    /// What the server's process has used.
    long cpuNanos() throws IOException {
        return Long.parseLong(get("/cpu"));
    }

    /// When the server noticed that the clients of slow requests had left, since this was last asked.
    Map<String, Long> ended() throws IOException {
        return get("/ended")
                .lines()
                .map(line -> line.split(" ", -1))
                .collect(Collectors.toMap(line -> line[0], line -> Long.valueOf(line[1])));
    }

    void release() throws IOException {
        get("/release");
    }

    private String get(String path) throws IOException {
        try (Client client = new Client(connect())) {
            client.get(path);
            return client.receive();
        }
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getByName("localhost"), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(15_000);
        return socket;
    }

    /// Where the server's threads are, virtual ones too.
    ///
    /// @return the file that tells
    Path dump() throws IOException, InterruptedException {
        Path file = Files.createTempFile("threads-", ".json");
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        String.valueOf(process.pid()),
                        "Thread.dump_to_file",
                        "-overwrite",
                        "-format=json",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        return file;
    }

    /// Ends the process.
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
