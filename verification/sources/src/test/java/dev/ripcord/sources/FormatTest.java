package dev.ripcord.sources;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The format of Java sources, by palantir-java-format.
///
/// A test and not a plugin of Maven, because the formatter knows the Java of the JVM that runs it, and Maven may run on
/// one that is too old for our sources. Imports are ordered and none is removed: a doc comment's link may need it.
class FormatTest {

    private static final int LONGEST_LINE = 120;

    private final Formatter formatter = Formatter.createFormatter(
            JavaFormatterOptions.builder().style(Style.PALANTIR).build());

    @Test
    void everyJavaSourceIsFormatted() {
        Report report = new Report("not formatted; to repair: mvn -q test -pl verification/sources -Dwrite");

        for (Path file : Repository.files(".java")) {
            try {
                report.compare(file, formatted(Repository.read(file)));
            } catch (FormatterException e) {
                report.add(file, e.getMessage());
            }
        }

        report.failIfAny();
    }

    @Test
    void noDocCommentIsLongerThanALine() {
        Report report = new Report("doc comments longer than " + LONGEST_LINE + " columns");

        for (Path file : Repository.files(".java")) {
            Repository.read(file)
                    .lines()
                    .filter(line -> isDoc(line) && line.length() > LONGEST_LINE)
                    .forEach(line -> report.add(file, line.strip()));
        }

        report.failIfAny();
    }

    /// The formatter would break long lines of Markdown, so it sees their numbers instead.
    private String formatted(String text) throws FormatterException {
        List<String> docs =
                text.lines().filter(FormatTest::isDoc).map(String::strip).toList();
        String numbered = mapDocs(text, i -> "/// " + i);
        String ordered = ImportOrderer.reorderImports(numbered, Style.PALANTIR);
        return mapDocs(formatter.formatSource(ordered), docs::get);
    }

    private static String mapDocs(String text, Function<Integer, String> doc) {
        AtomicInteger count = new AtomicInteger();
        return text.lines()
                .map(line ->
                        isDoc(line) ? line.substring(0, line.indexOf('/')) + doc.apply(count.getAndIncrement()) : line)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static boolean isDoc(String line) {
        return line.stripLeading().startsWith("///");
    }
}
