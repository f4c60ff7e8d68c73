package dev.ripcord.sources;

import static org.assertj.core.api.Assertions.fail;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a test finds: all of it, in one failure.
final class Report {

    /// Whether to write what files should be instead of comparing them.
    private static final boolean WRITES = System.getProperty("write") != null;

    private final String rule;
    private final List<String> findings = new ArrayList<>();

    /// @param rule what is wrong with each finding, or how to repair it
    Report(String rule) {
        this.rule = rule;
    }

    void add(Path file, String finding) {
        findings.add(Repository.name(file) + ": " + finding);
    }

    /// Compares a file with what it should be, or writes it.
    void compare(Path file, String expected) {
        String actual = Repository.read(file);
        if (actual.equals(expected)) {
            return;
        }
        if (WRITES) {
            Repository.write(file, expected);
            return;
        }
        String name = Repository.name(file);
        List<String> lines = List.of(actual.split("\n", -1));
        var difference = DiffUtils.diff(lines, List.of(expected.split("\n", -1)));
        findings.add(String.join("\n", UnifiedDiffUtils.generateUnifiedDiff(name, name, lines, difference, 1)));
    }

    void failIfAny() {
        if (!findings.isEmpty()) {
            fail("%s%n%n%s", rule, String.join("\n", findings));
        }
    }
}
