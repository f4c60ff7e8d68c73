package dev.ripcord.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Other programs, and what they print.
final class Commands {

    private Commands() {}

    /// Runs a program to its end.
    ///
    /// @return the lines that it printed
    /// @throws IOException if it cannot be started, or fails
    static List<String> run(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out = process.inputReader()) {
            out.lines().forEach(lines::add);
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(
                        "%s: ended with %d:%n%s".formatted(String.join(" ", command), code, String.join("\n", lines)));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return lines;
    }
}
