package dev.ripcord.architecture;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.bugpatterns.BugChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our own checks, as errors, on our own code.
///
/// A test, because the compiler that builds `core` cannot have them yet: they would have to be built before it, and
/// a build of one module alone would not find them.
class OwnCodeTest {

    private static final String CLASS_PATH = System.getProperty("java.class.path");

    static List<PublishedModule> modules() {
        return PublishedModule.all().stream()
                .filter(module -> !module.name().equals("dev.ripcord.checks"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void noCheckFindsAnything(PublishedModule module, @TempDir Path output) throws IOException {
        try (Stream<Path> files = Files.walk(module.folder().resolve("src/main/java"))) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("module-info.java"))
                    .toList();

            assertThat(findings(sources, output)).isEmpty();
        }
    }

    @Test
    void aMistakeWouldBeFound(@TempDir Path output) throws IOException {
        Path source = Files.writeString(output.resolve("Mistake.java"), """
                class Mistake {
                    private dev.ripcord.Context kept;
                }
                """);

        assertThat(findings(List.of(source), output))
                .singleElement()
                .asString()
                .contains("[ContextInField] the field `kept` keeps a context");
    }

    private static List<String> findings(List<Path> sources, Path output) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        List<String> options = List.of(
                "--release=21",
                "-proc:none",
                "-XDcompilePolicy=simple",
                "--should-stop=ifError=FLOW",
                "-processorpath",
                CLASS_PATH,
                "-Xplugin:ErrorProne -XepDisableAllChecks " + checks(),
                "-classpath",
                CLASS_PATH,
                "-d",
                output.toString());
        try (StandardJavaFileManager files = compiler.getStandardFileManager(diagnostics, Locale.ROOT, null)) {
            compiler.getTask(null, files, diagnostics, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return diagnostics.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                .map(Object::toString)
                .toList();
    }

    /// The flags that make each of our checks an error.
    private static String checks() {
        return ServiceLoader.load(BugChecker.class).stream()
                .map(ServiceLoader.Provider::type)
                .filter(type -> type.getPackageName().equals("dev.ripcord.checks"))
                .map(type -> "-Xep:%s:ERROR".formatted(type.getSimpleName()))
                .collect(joining(" "));
    }
}
