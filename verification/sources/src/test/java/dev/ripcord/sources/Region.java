package dev.ripcord.sources;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A named piece of a Java source, marked as for `{@snippet}`, that documents show.
///
/// ```text
///   // @start region="lookup"
///   ...
///   // @end region="lookup"
/// ```
///
/// The name at the end may be left out. Regions may lie within each other.
final class Region {

    private static final Pattern MARK = Pattern.compile("\\s*// @(start|end)(?: region=\"?([\\w-]+)\"?)?\\s*");
    private static final Pattern MARKUP_TAIL = Pattern.compile("\\s*// @(highlight|replace|link)\\b.*");

    private Region() {}

    /// The lines of a region, at the left margin and without markup; empty if the source has no such region.
    static Optional<List<String>> find(Path source, String name) {
        if (!Files.exists(source)) {
            return Optional.empty();
        }
        List<String> open = new ArrayList<>();
        List<String> region = new ArrayList<>();
        for (String line : Repository.read(source).lines().toList()) {
            Matcher mark = MARK.matcher(line);
            if (mark.matches() && mark.group(1).equals("start")) {
                open.add(mark.group(2));
            } else if (mark.matches() && !open.isEmpty()) {
                String closed = mark.group(2) == null ? open.getLast() : mark.group(2);
                open.remove(closed);
                if (closed.equals(name)) {
                    return Optional.of(
                            String.join("\n", region).stripIndent().lines().toList());
                }
            } else if (open.contains(name)) {
                region.add(MARKUP_TAIL.matcher(line).replaceAll(""));
            }
        }
        return Optional.empty();
    }
}
