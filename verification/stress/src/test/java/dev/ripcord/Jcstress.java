package dev.ripcord;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.ReportUtils;

/// A run of jcstress over all races, in a process of its own, and what it found.
///
/// @param results one a race, over all the JVMs that it was tried in
record Jcstress(Collection<TestResult> results) {

    /// Runs all races and waits for the end.
    ///
    /// @param folder gets the log and jcstress' own report; emptied before
    /// @param limit after which the run is ended and counts as failed
    static Jcstress run(Path folder, Duration limit, List<String> options) throws IOException, InterruptedException {
        clear(folder);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                absoluteClassPath(),
                Main.class.getName()));
        command.addAll(options);
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Instant end = Instant.now().plus(limit);
            while (!process.waitFor(15, TimeUnit.SECONDS)) {
                if (Instant.now().isAfter(end)) {
                    throw new AssertionError("jcstress still runs after %s\n%s".formatted(limit, tail(log)));
                }
                lines(log).stream()
                        .filter(line -> line.startsWith("(Results: "))
                        .reduce((earlier, later) -> later)
                        .ifPresent(Findings::progress);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Jcstress(read(folder, log));
    }

    private static void clear(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String absoluteClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .reduce((left, right) -> left + File.pathSeparator + right)
                .orElseThrow();
    }

    private static Collection<TestResult> read(Path folder, Path log) throws IOException {
        Path blob;
        try (Stream<Path> files = Files.list(folder)) {
            blob = files.filter(file -> file.toString().endsWith(".bin.gz"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("jcstress left no results\n" + tail(log)));
        }
        InProcessCollector collector = new InProcessCollector();
        DiskReadCollector reader = new DiskReadCollector(blob.toString(), collector);
        try {
            reader.dump();
        } catch (ClassNotFoundException e) {
            throw new LinkageError("not of this version of jcstress: " + blob, e);
        } finally {
            reader.close();
        }
        return ReportUtils.mergedByName(collector.getTestResults());
    }

    private static String tail(Path log) {
        List<String> lines = lines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    private static List<String> lines(Path log) {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            return List.of("no log: " + e);
        }
    }

    /// The races by name, and how often each was run.
    Map<String, Long> samples() {
        Map<String, Long> samples = new TreeMap<>();
        results.forEach(result -> samples.put(result.getName(), result.getTotalCount()));
        return samples;
    }

    /// The races that had a forbidden outcome or did not end well, each with its table.
    List<String> failures() {
        return results.stream()
                .filter(result -> result.status() != Status.NORMAL || !result.grading().isPassed)
                .map(Jcstress::table)
                .toList();
    }

    private static String table(TestResult result) {
        StringBuilder table = new StringBuilder("%s %s\n".formatted(result.getName(), result.status()));
        result.grading()
                .gradingResults
                .values()
                .forEach(outcome -> table.append("  %10d × %-30s %s, %s\n"
                        .formatted(outcome.count, outcome.id, outcome.expect, outcome.description)));
        result.getMessages()
                .forEach(message -> table.append("  ").append(message).append('\n'));
        return table.toString();
    }
}
