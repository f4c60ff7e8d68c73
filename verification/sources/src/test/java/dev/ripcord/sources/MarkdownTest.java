package dev.ripcord.sources;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// What Markdown shows exists: code is compiled, coordinates are ours, links lead somewhere.
class MarkdownTest {

    private static final String CODE_RULE = """
            a ```java block shows a region of a compiled source, which the line above it names:
                <!-- code: core/src/test/java/dev/ripcord/TourExampleTest.java#lookup -->
            to copy the regions into the blocks: mvn -q test -pl verification/sources -Dwrite""";

    private static final Pattern CODE = Pattern.compile("<!-- code: ([^#]+/src/\\w+/java/[^#]+\\.java)#([\\w-]+) -->");
    private static final Pattern SNIPPET = Pattern.compile("(?m)^ *///.*\\{@snippet ((?:class|file|region)[^}]*)}");
    private static final Pattern SNIPPET_REGION = Pattern.compile("class=\"([\\w.]+)\" region=\"([\\w-]+)\"");
    private static final Pattern COORDINATES = Pattern.compile("\\bdev\\.ripcord:([\\w-]+)(?::([\\w.-]+))?");

    private final Parser parser =
            Parser.builder().includeSourceSpans(IncludeSourceSpans.BLOCKS).build();

    // -------------------------------------------------------------------------------------------------- code

    @Test
    void everyJavaBlockIsARegionOfACompiledSource() {
        Report report = new Report(CODE_RULE);

        for (Path file : Repository.files(".md")) {
            List<String> lines = new ArrayList<>(List.of(Repository.read(file).split("\n", -1)));
            for (FencedCodeBlock block : blocks(file, "java").reversed()) {
                region(block)
                        .ifPresentOrElse(
                                region -> replace(lines, block, region),
                                () -> report.add(file, "line %d: no such region".formatted(line(block))));
            }
            report.compare(file, String.join("\n", lines));
        }

        report.failIfAny();
    }

    private static Optional<List<String>> region(FencedCodeBlock block) {
        if (!(block.getPrevious() instanceof HtmlBlock comment)) {
            return Optional.empty();
        }
        Matcher code = CODE.matcher(comment.getLiteral().strip());
        return code.matches() ? Region.find(Repository.ROOT.resolve(code.group(1)), code.group(2)) : Optional.empty();
    }

    private static void replace(List<String> lines, FencedCodeBlock block, List<String> region) {
        SourceSpan fence = block.getSourceSpans().getFirst();
        String indent = " ".repeat(fence.getColumnIndex());
        List<String> shown = lines.subList(
                fence.getLineIndex() + 1, block.getSourceSpans().getLast().getLineIndex());
        shown.clear();
        shown.addAll(region.stream()
                .map(line -> line.isEmpty() ? line : indent + line)
                .toList());
    }

    @Test
    void everySnippetOfADocCommentIsARegion() {
        Report report = new Report("""
                a snippet is {@snippet class="dev.ripcord.TourExampleTest" region="lookup"}, from src/test/java of its module""");

        for (Path file : Repository.files(".java")) {
            for (Matcher snippet = SNIPPET.matcher(Repository.read(file)); snippet.find(); ) {
                Matcher region = SNIPPET_REGION.matcher(snippet.group(1));
                if (!region.matches()
                        || Region.find(snippetSource(file, region.group(1)), region.group(2))
                                .isEmpty()) {
                    report.add(file, "no such region: " + snippet.group());
                }
            }
        }

        report.failIfAny();
    }

    private static Path snippetSource(Path file, String type) {
        Path src = file;
        while (!src.endsWith("src")) {
            src = src.getParent();
        }
        return src.resolve("test/java/" + type.replace('.', '/') + ".java");
    }

    // ------------------------------------------------------------------------------------------- coordinates

    @Test
    void everyCoordinateIsOneOfThisBuild() {
        Report report = new Report("not a published artifact of this build, or not its version");

        for (Path file : Repository.files(".md")) {
            for (FencedCodeBlock block : blocks(file, "xml")) {
                checkXml(file, block, report);
            }
            for (Matcher found = COORDINATES.matcher(Repository.read(file)); found.find(); ) {
                String version = found.group(2) == null ? "" : found.group(2);
                check(file, new Pom.Dependency(Pom.GROUP, found.group(1), version, ""), report);
            }
        }

        report.failIfAny();
    }

    private static void checkXml(Path file, FencedCodeBlock block, Report report) {
        try {
            var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
            builder.setErrorHandler(null);
            String xml = "<block>" + block.getLiteral() + "</block>";
            NodeList groups =
                    builder.parse(new InputSource(new StringReader(xml))).getElementsByTagName("groupId");
            IntStream.range(0, groups.getLength())
                    .mapToObj(i -> groups.item(i).getParentNode())
                    .map(node -> new Pom.Dependency(
                            Pom.child(node, "groupId"),
                            Pom.child(node, "artifactId"),
                            Pom.child(node, "version"),
                            Pom.child(node, "scope")))
                    .forEach(dependency -> check(file, dependency, report));
        } catch (SAXException e) {
            report.add(file, "line %d: %s".formatted(line(block), e.getMessage()));
        } catch (IOException | ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void check(Path file, Pom.Dependency shown, Report report) {
        List<Pom.Dependency> known = new ArrayList<>(Pom.root().managedDependencies());
        known.add(new Pom.Dependency(Pom.GROUP, "ripcord-bom", Pom.root().version(), ""));
        boolean exists = known.stream()
                .anyMatch(dependency -> dependency.toString().equals(shown.toString())
                        && (shown.version().isEmpty() || shown.version().equals(dependency.version())));
        if (!exists) {
            report.add(file, shown + " " + shown.version());
        }
    }

    // ------------------------------------------------------------------------------------------------- links

    @Test
    void everyRelativeLinkLeadsSomewhere() {
        Report report = new Report("links that lead nowhere");

        for (Path file : Repository.files(".md")) {
            parse(file).accept(new AbstractVisitor() {
                @Override
                public void visit(Link link) {
                    follow(file, link.getDestination(), report);
                    visitChildren(link);
                }

                @Override
                public void visit(Image image) {
                    follow(file, image.getDestination(), report);
                }
            });
        }

        report.failIfAny();
    }

    private void follow(Path file, String link, Report report) {
        if (link.matches("[a-z]+:.*")) {
            return;
        }
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]).normalize();
        if (!target.startsWith(Repository.ROOT) || !Files.exists(target)) {
            report.add(file, link);
        } else if (parts.length == 2 && target.toString().endsWith(".md")) {
            if (!anchors(target).contains(parts[1])) {
                report.add(file, link + ": no such heading");
            }
        }
    }

    /// The names that GitHub gives to the headings of a file.
    private List<String> anchors(Path file) {
        List<String> anchors = new ArrayList<>();
        parse(file).accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                StringBuilder text = new StringBuilder();
                heading.accept(new TextVisitor(text::append));
                anchors.add(text.toString()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'));
            }
        });
        return anchors;
    }

    private static final class TextVisitor extends AbstractVisitor {

        private final Consumer<String> texts;

        TextVisitor(Consumer<String> texts) {
            this.texts = texts;
        }

        @Override
        public void visit(Text text) {
            texts.accept(text.getLiteral());
        }

        @Override
        public void visit(Code code) {
            texts.accept(code.getLiteral());
        }
    }

    // -------------------------------------------------------------------------------------------------- both

    private Node parse(Path file) {
        return parser.parse(Repository.read(file));
    }

    private List<FencedCodeBlock> blocks(Path file, String language) {
        List<FencedCodeBlock> blocks = new ArrayList<>();
        parse(file).accept(new AbstractVisitor() {
            @Override
            public void visit(FencedCodeBlock block) {
                if (block.getInfo().equals(language)) {
                    blocks.add(block);
                }
            }
        });
        return blocks;
    }

    private static int line(FencedCodeBlock block) {
        return block.getSourceSpans().getFirst().getLineIndex() + 1;
    }
}
