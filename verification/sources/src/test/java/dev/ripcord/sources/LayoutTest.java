package dev.ripcord.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Where files are, how many, and how long.
class LayoutTest {

    private static final int CORE_FILES = 38;
    private static final int MODULE_README_LINES = 25;
    private static final int ROOT_README_LINES = 150;

    private static final Set<String> VAGUE = Set.of("internal", "impl", "util", "utils", "common", "support", "helper");

    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern SLEEP = Pattern.compile(
            "(?<![.\\w])(Thread|TimeUnit\\.\\w+|[A-Z]+SECONDS|SECONDS|MINUTES)\\.sleep\\(|\\.park(Nanos|Until)\\(");
    private static final Pattern TEST_METHOD =
            Pattern.compile("(?m)^ *@(Test|ParameterizedTest|RepeatedTest|TestFactory)\\b");
    private static final Pattern LOOSE_END = Pattern.compile("@(Disabled|author)\\b|//+ *(TODO|FIXME)\\b(?!.*#\\d)");

    @Test
    void everyModuleHasAShortReadme() {
        Report report = new Report("a module's README has at most %d lines".formatted(MODULE_README_LINES));

        for (Pom pom : Pom.modules()) {
            Path readme = pom.folder().resolve("README.md");
            if (!Files.exists(readme)) {
                report.add(readme, "missing");
            } else if (lines(readme) > MODULE_README_LINES) {
                report.add(readme, lines(readme) + " lines");
            }
        }

        report.failIfAny();
    }

    @Test
    void theDocumentsOfTheRootAreShort() {
        Report report = new Report("at most %d lines".formatted(ROOT_README_LINES));

        for (String name : List.of("README.md", "ARCHITECTURE.md")) {
            Path file = Repository.ROOT.resolve(name);
            if (Files.exists(file) && lines(file) > ROOT_README_LINES) {
                report.add(file, lines(file) + " lines");
            }
        }

        report.failIfAny();
    }

    @Test
    void aModuleHasOnePackageNamedAfterItsFolderAndPerhapsSpi() {
        Report report = new Report("a module has one package, named after its folder, and at most spi below it");

        for (Pom pom : Pom.modules()) {
            String home = home(pom);
            Set<String> packages = packages(pom, "src/main/java");
            packages.removeAll(Set.of(home, home + ".spi"));
            if (!packages.isEmpty()) {
                report.add(pom.folder(), packages + " beside " + home);
            }
        }

        report.failIfAny();
    }

    @Test
    void noPackageIsADrawerForAnything() {
        Report report = new Report("hide with package-private instead of a package called " + VAGUE);

        for (Pom pom : Pom.modules()) {
            for (String name : packages(pom, "src")) {
                if (Stream.of(name.split("\\.")).anyMatch(VAGUE::contains)) {
                    report.add(pom.folder(), name);
                }
            }
        }

        report.failIfAny();
    }

    @Test
    void everyPublishedPackageHasAMap() {
        Report report = new Report("the map of a package is its package-info.java");

        for (Pom pom : Pom.published()) {
            for (String name : packages(pom, "src/main/java")) {
                Path info = pom.folder().resolve("src/main/java/" + name.replace('.', '/') + "/package-info.java");
                if (!Files.exists(info)) {
                    report.add(info, "missing");
                }
            }
        }

        report.failIfAny();
    }

    @Test
    void everyPublishedModuleHasAModuleName() {
        Report report = new Report("a published module has a module-info.java, or an Automatic-Module-Name in its pom");

        for (Pom pom : Pom.published()) {
            boolean described = Files.exists(pom.folder().resolve("src/main/java/module-info.java"));
            boolean named = pom.texts("//Automatic-Module-Name").contains(home(pom));
            if (!sources(pom, "src/main/java").isEmpty() && described == named) {
                report.add(pom.file(), named ? "has both" : "has neither for " + home(pom));
            }
        }

        report.failIfAny();
    }

    @Test
    void coreStaysSmall() {
        assertThat(sources(Pom.of("core"), "src/main/java"))
                .filteredOn(file -> !file.toString().endsWith("-info.java"))
                .hasSizeLessThanOrEqualTo(CORE_FILES);
    }

    @Test
    void everyTestClassIsFoundByItsSuffix() {
        Report report = new Report("a class with tests is called *Test, or Maven does not run it");

        for (Path file : Repository.files(".java")) {
            if (!isTest(file) && TEST_METHOD.matcher(Repository.read(file)).find()) {
                report.add(file, "has test methods");
            }
        }

        report.failIfAny();
    }

    @Test
    void noTestSleeps() {
        Report report = new Report("time is a manual clock, threads are awaited by latches, and the rest by RealTime");

        for (Path file : Repository.files(".java")) {
            // cases are what a tool looks at, and never run
            if (file.toString().matches(".*/src/test/.*(?<!/RealTime|/Cases)\\.java")) {
                find(SLEEP, file, report);
            }
        }

        report.failIfAny();
    }

    @Test
    void noSourceHasALooseEnd() {
        Report report = new Report("no disabled test, no author, no task without the number of its issue (#7)");

        Repository.files(".java").forEach(file -> find(LOOSE_END, file, report));

        report.failIfAny();
    }

    private static void find(Pattern pattern, Path file, Report report) {
        Repository.read(file)
                .lines()
                .filter(line -> pattern.matcher(line).find())
                .forEach(line -> report.add(file, line.strip()));
    }

    /// The package, and the module, that a folder holds.
    private static String home(Pom pom) {
        String folder = pom.folder().getFileName().toString();
        return folder.equals("core") ? Pom.GROUP : Pom.GROUP + "." + folder;
    }

    private static boolean isTest(Path file) {
        return file.toString().endsWith("Test.java");
    }

    private static long lines(Path file) {
        return Repository.read(file).lines().count();
    }

    private static List<Path> sources(Pom pom, String folder) {
        return Repository.files(".java").stream()
                .filter(file -> file.startsWith(pom.folder().resolve(folder)))
                .toList();
    }

    private static Set<String> packages(Pom pom, String folder) {
        return sources(pom, folder).stream()
                .flatMap(file -> PACKAGE.matcher(Repository.read(file)).results())
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
