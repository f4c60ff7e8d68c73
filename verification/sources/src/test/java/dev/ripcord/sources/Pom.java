package dev.ripcord.sources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// A `pom.xml` as it is written, before Maven adds anything.
record Pom(Path file, Document document) {

    /// The groupId of everything that is ours.
    static final String GROUP = "dev.ripcord";

    /// A dependency, with its properties replaced by their values; what is absent is empty.
    record Dependency(String group, String artifact, String version, String scope) {

        boolean isOurs() {
            return group.equals(GROUP);
        }

        @Override
        public String toString() {
            return group + ":" + artifact;
        }
    }

    /// The pom of a folder under the root; "" is the root itself.
    static Pom of(String folder) {
        Path file = Repository.ROOT.resolve(folder).resolve("pom.xml");
        try {
            var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
            return new Pom(file, builder.parse(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException(Repository.name(file) + " is not XML", e);
        }
    }

    static Pom root() {
        return of("");
    }

    /// The modules of the reactor, in its order.
    static List<Pom> modules() {
        return root().texts("/project/modules/module").stream().map(Pom::of).toList();
    }

    /// The modules that users get, the BOM aside.
    static List<Pom> published() {
        return modules().stream()
                .filter(pom -> pom.texts("/project/packaging").isEmpty() && !pom.isUnpublished())
                .toList();
    }

    private boolean isUnpublished() {
        return texts("/project/properties/*[local-name() = 'maven.deploy.skip']")
                .contains("true");
    }

    Path folder() {
        return file.getParent();
    }

    String artifact() {
        return text("/project/artifactId");
    }

    /// Our version, which each module repeats as its parent's.
    String version() {
        return text("/project/version | /project/parent/version");
    }

    List<Dependency> dependencies() {
        return dependencies("/project/dependencies/dependency");
    }

    List<Dependency> managedDependencies() {
        return dependencies("/project/dependencyManagement/dependencies/dependency");
    }

    private List<Dependency> dependencies(String path) {
        Map<String, String> properties = nodes("/project/properties/*").stream()
                .collect(Collectors.toMap(node -> "${" + node.getNodeName() + "}", Node::getTextContent));
        properties.put("${project.version}", version());
        return nodes(path).stream()
                .map(node -> new Dependency(
                        child(node, "groupId"),
                        child(node, "artifactId"),
                        properties.getOrDefault(child(node, "version"), child(node, "version")),
                        child(node, "scope")))
                .toList();
    }

    /// The text of a child element, or "" if there is none.
    static String child(Node parent, String name) {
        NodeList children = parent.getChildNodes();
        return IntStream.range(0, children.getLength())
                .mapToObj(children::item)
                .filter(node -> node.getNodeName().equals(name))
                .map(Node::getTextContent)
                .findFirst()
                .orElse("");
    }

    private String text(String path) {
        return texts(path).getFirst();
    }

    List<String> texts(String path) {
        return nodes(path).stream().map(Node::getTextContent).toList();
    }

    private List<Node> nodes(String path) {
        try {
            var found =
                    (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
            return IntStream.range(0, found.getLength()).mapToObj(found::item).toList();
        } catch (XPathExpressionException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}
