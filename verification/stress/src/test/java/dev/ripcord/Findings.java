package dev.ripcord;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a run has found, as rows of a table in the file that `-Dstress.findings` names, below a line on where and when
/// it was run. Without that property nothing is kept. `./stress` asks for it and writes its page from it.
final class Findings {

    private static final String FILE = System.getProperty("stress.findings", "");

    private static final Pattern PART =
            Pattern.compile("(<!-- findings: begin;[^\n]*-->\n).*(<!-- findings: end -->)", Pattern.DOTALL);

    private Findings() {}

    /// Keeps and prints a row.
    static synchronized void add(String effort, String found) {
        if (FILE.isEmpty()) {
            return;
        }
        Path file = Path.of(FILE);
        String row = "| %s | %s |%n".formatted(effort, found);
        try {
            if (Files.notExists(file)) {
                Files.writeString(file, "%s%n%n| test | found |%n|---|---|%n".formatted(circumstances()));
            }
            Files.writeString(file, row, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.print(row);
    }

    /// Prints how far a long test has come.
    static void progress(String text) {
        if (!FILE.isEmpty()) {
            System.out.println("  " + text);
        }
    }

    private static String circumstances() throws IOException {
        return "%s, commit %s. %d cores, %s, %s. JDK %s, %s."
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        commit(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.arch"),
                        System.getProperty("os.name"),
                        System.getProperty("java.version"),
                        System.getProperty("java.vm.name"));
    }

    private static String commit() throws IOException {
        String hash = git("rev-parse", "--short", "HEAD");
        return git("status", "--porcelain", "--", "*.java").isEmpty() ? hash : hash + " with changes";
    }

    private static String git(String... arguments) throws IOException {
        Process process = new ProcessBuilder(
                        Stream.concat(Stream.of("git"), Stream.of(arguments)).toList())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = process.getInputStream()) {
            return new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /// Writes what was found between the marks of a page.
    ///
    /// @param arguments the file of the findings, and the page
    public static void main(String[] arguments) throws IOException {
        String findings = Files.readString(Path.of(arguments[0]));
        Path page = Path.of(arguments[1]);
        Matcher part = PART.matcher(Files.readString(page));
        if (!part.find()) {
            throw new IllegalStateException("no marks for the findings in " + page);
        }
        Files.writeString(
                page,
                part.replaceFirst(Matcher.quoteReplacement(part.group(1) + "\n" + findings + "\n" + part.group(2))));
    }
}
