package dev.ripcord.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the poms may say. The enforcer looks at what Maven resolves, this at what is written.
class PomTest {

    /// The arrows between integrations: all there are.
    private static final Map<String, Set<String>> AMONG_INTEGRATIONS = Map.of(
            "ripcord-servlet", Set.of("ripcord-http"),
            "ripcord-helidon", Set.of("ripcord-http"),
            "ripcord-undertow", Set.of("ripcord-http"),
            "ripcord-jdkhttp", Set.of("ripcord-http"),
            "ripcord-vertx", Set.of("ripcord-http"),
            "ripcord-reactornetty", Set.of("ripcord-http"),
            "ripcord-armeria", Set.of("ripcord-http"),
            "ripcord-tomcat", Set.of("ripcord-http", "ripcord-servlet"),
            "ripcord-jetty", Set.of("ripcord-http", "ripcord-servlet")); // the latter for its tests

    /// The modules whose own tests are not asked what they leave behind, and why.
    private static final Map<String, String> WITHOUT_LEAK_DETECTOR = Map.of(
            "ripcord-core", "cannot depend on the test kit: verification/leaks runs its tests again",
            "ripcord-testkit", "is the test kit",
            "ripcord-benchmarks", "its tests make no contexts",
            "ripcord-stress", "races as users do, with nobody watching, and counts itself what is left");

    @Test
    void everyFolderWithAPomIsAModule() {
        List<Path> poms = Repository.files("pom.xml");

        assertThat(poms)
                .as("module list of the root pom")
                .containsExactlyInAnyOrderElementsOf(
                        allPoms().stream().map(Pom::file).toList());
    }

    @Test
    void onlyTheRootNamesVersions() {
        Report report = new Report("versions belong into the root pom");

        for (Pom pom : Pom.modules()) {
            for (String version : pom.texts("//version[not(parent::parent)]")) {
                boolean allowed = version.startsWith("${") || pom.artifact().equals("ripcord-bom");
                if (!allowed) {
                    report.add(pom.file(), "<version>" + version + "</version>");
                }
            }
        }

        report.failIfAny();
    }

    @Test
    void allModulesHaveOneVersion() {
        assertThat(Pom.modules())
                .allSatisfy(pom -> assertThat(pom.version())
                        .as(Repository.name(pom.file()))
                        .isEqualTo(Pom.root().version()));
    }

    @Test
    void theBomNamesEveryPublishedModule() {
        assertThat(Pom.of("bom").managedDependencies())
                .extracting(Pom.Dependency::artifact)
                .containsExactlyElementsOf(
                        Pom.published().stream().map(Pom::artifact).toList());
    }

    @Test
    void coreDependsOnNothingOfOurs() {
        assertThat(Pom.of("core").dependencies()).noneMatch(Pom.Dependency::isOurs);
    }

    @Test
    void noIntegrationDependsOnAnotherOne() {
        Report report = new Report("arrows that ARCHITECTURE.md does not allow, not even for tests");
        List<String> integrations = Pom.published().stream()
                .filter(pom -> pom.folder().getParent().endsWith("integrations"))
                .map(Pom::artifact)
                .toList();

        for (Pom pom : Pom.published()) {
            Set<String> allowed = AMONG_INTEGRATIONS.getOrDefault(pom.artifact(), Set.of());
            for (Pom.Dependency dependency : pom.dependencies()) {
                String artifact = dependency.artifact();
                if (dependency.isOurs() && integrations.contains(artifact) && !allowed.contains(artifact)) {
                    report.add(pom.file(), pom.artifact() + " -> " + artifact);
                }
            }
        }

        report.failIfAny();
    }

    @Test
    void nothingDependsOnWhatIsNotPublished() {
        Report report = new Report("nothing depends on verification, benchmarks or examples");
        List<String> published = Pom.published().stream().map(Pom::artifact).toList();

        for (Pom pom : Pom.modules()) {
            for (Pom.Dependency dependency : pom.dependencies()) {
                if (dependency.isOurs() && !published.contains(dependency.artifact())) {
                    report.add(pom.file(), pom.artifact() + " -> " + dependency.artifact());
                }
            }
        }

        report.failIfAny();
    }

    /// JUnit finds the test kit's extension where the kit is.
    @Test
    void everyTestThatMayMakeContextsIsAskedWhatItLeavesBehind() {
        Report report = new Report("a module that uses ours has ripcord-testkit among its tests' dependencies, and"
                + " leaves surefire's configurationParameters to the root pom");

        for (Pom pom : Pom.modules()) {
            List<Pom.Dependency> ours =
                    pom.dependencies().stream().filter(Pom.Dependency::isOurs).toList();
            boolean mayLeak = Files.exists(pom.folder().resolve("src/test/java"))
                    && !ours.isEmpty()
                    && !WITHOUT_LEAK_DETECTOR.containsKey(pom.artifact());
            if (mayLeak && ours.stream().noneMatch(each -> each.artifact().equals("ripcord-testkit"))) {
                report.add(pom.file(), "no ripcord-testkit");
            }
            if (!pom.texts("//configurationParameters").isEmpty()) {
                report.add(pom.file(), "its own configurationParameters");
            }
        }

        report.failIfAny();
        assertThat(Pom.root().texts("//configurationParameters"))
                .singleElement()
                .asString()
                .contains("junit.jupiter.extensions.autodetection.enabled = true");
        assertThat(Pom.modules()).extracting(Pom::artifact).containsAll(WITHOUT_LEAK_DETECTOR.keySet());
    }

    private static List<Pom> allPoms() {
        return Stream.concat(Stream.of(Pom.root()), Pom.modules().stream()).toList();
    }
}
