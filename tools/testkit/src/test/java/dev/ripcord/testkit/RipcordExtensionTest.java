package dev.ripcord.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.Processes;
import dev.ripcord.Registration;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// [RipcordExtension]: a context for each test, and nothing left behind.
class RipcordExtensionTest {

    private static final String LEFT =
            "1 left behind by this %s; close the scope, stop the registration or join the group:";

    /// How the cases go, with each JUnit.
    private static final List<String> RESULTS = List.of(
            "ExtensionCasesTest.Clocks.aClockAndItsContext",
            "ExtensionCasesTest.Clocks.ofTheClass",
            "ExtensionCasesTest.Constructed.never: a context or a clock belongs to one test; take it in the test or in"
                    + " @BeforeEach, not in dev.ripcord.testkit.ExtensionCasesTest$Constructed",
            "ExtensionCasesTest.Given.Inside.theSame",
            "ExtensionCasesTest.Given.aDeadlineBelowTheTimeout",
            "ExtensionCasesTest.Given.oneContext",
            "ExtensionCasesTest.Leaking.aCallback: " + LEFT.formatted("test"),
            "ExtensionCasesTest.Leaking.aCallbackOfAField: " + LEFT.formatted("test"),
            "ExtensionCasesTest.Leaking.nothing",
            "ExtensionCasesTest.Leaking.onPurpose",
            "ExtensionCasesTest.LeakingClass.aTestOfIt",
            "ExtensionCasesTest.LeakingClass: " + LEFT.formatted("class"));

    private static final Class<?>[] CASES = {
        ExtensionCasesTest.Clocks.class,
        ExtensionCasesTest.Constructed.class,
        ExtensionCasesTest.Given.class,
        ExtensionCasesTest.Leaking.class,
        ExtensionCasesTest.LeakingClass.class
    };

    @Test
    void worksWithJUnit6() {
        assertThat(ExtensionRun.of(Map.of(), CASES)).isEqualTo(RESULTS);
    }

    @Test
    void worksWithJUnit5() throws Exception {
        String path = Stream.concat(
                        Stream.of(Path.of("target/junit5/console.jar")
                                .toAbsolutePath()
                                .toString()),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> !entry.contains("junit") && !entry.contains("opentest4j")))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Dripcord.leaks.wait=1000",
                                "-cp",
                                path,
                                ExtensionRun.class.getName()),
                        Stream.of(CASES).map(Class::getName))
                .toList();

        Process process = Processes.start(
                Context.background().withTimeout(Duration.ofSeconds(100), "JUnit 5"),
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        List<String> results =
                process.inputReader(StandardCharsets.UTF_8).lines().toList();

        assertThat(process.waitFor()).isZero();
        assertThat(results).isEqualTo(RESULTS);
    }

    @Test
    void testsAtTheSameTimeDoNotSeeEachOther() {
        Map<String, String> parallel = Map.of(
                "junit.jupiter.execution.parallel.enabled", "true",
                "junit.jupiter.execution.parallel.mode.default", "concurrent",
                "junit.jupiter.execution.parallel.mode.classes.default", "concurrent",
                "junit.jupiter.execution.parallel.config.strategy", "fixed",
                "junit.jupiter.execution.parallel.config.fixed.parallelism", "8");

        assertThat(ExtensionRun.of(parallel, CASES)).isEqualTo(RESULTS);
    }

    @Test
    void theExampleOfTheGuideWorks() {
        assertThat(ExtensionRun.of(Map.of(), TestingExampleTest.Refreshing.class))
                .containsExactly("TestingExampleTest.Refreshing.stopsWithItsContext");
    }

    @Test
    void itIsFoundByJUnitItself() {
        Map<String, String> detected = Map.of("junit.jupiter.extensions.autodetection.enabled", "true");

        assertThat(ExtensionRun.of(detected, Plain.class)).containsExactly("RipcordExtensionTest.Plain.takes");
    }

    static class Plain {

        @Test
        void takes(Context ctx) {
            assertThat(ctx.done().isNever()).isFalse();
        }
    }

    @Test
    void whenTheTimeIsUpTheTreeAndTheStacksArePrinted() {
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        List<String> results;
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            results = ExtensionRun.of(Map.of(), ExtensionCasesTest.OutOfTime.class);
        } finally {
            System.setErr(err);
        }

        assertThat(results).hasSize(2);
        assertThat(results.getFirst())
                .startsWith("ExtensionCasesTest.OutOfTime.waitsTooLong: deadline exceeded: test 1.8s");
        assertThat(results.getLast())
                .startsWith("ExtensionCasesTest.OutOfTime.waitsTooLongOnAClock: context cancelled: ")
                .contains("the test's time is up after PT1.71S");
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("out of time after PT1.71S: waitsTooLong(Context) of "
                        + "dev.ripcord.testkit.ExtensionCasesTest$OutOfTime, with ")
                .contains(" live contexts\n  background.withTimeout(test 1.8s, ")
                .containsPattern("\n    background.withTimeout\\(test 1.8s, [^)]*\\).withTimeout\\(call 1h, [^)]*\\)"
                        + "  made at dev.ripcord.testkit.ExtensionCasesTest\\$OutOfTime.waitsTooLong\\(")
                .containsPattern("\n      - the wait of Thread\\[.*  since at dev.ripcord.testkit.ExtensionCasesTest")
                .contains("the test's thread Thread[");
    }

    @Nested
    class Timeouts {

        @Test
        void areReadAsJUnitDoes() {
            assertThat(RipcordExtension.parse("2 m")).contains(Duration.ofMinutes(2));
            assertThat(RipcordExtension.parse("42")).contains(Duration.ofSeconds(42));
            assertThat(RipcordExtension.parse("42 ns")).contains(Duration.ofNanos(42));
            assertThat(RipcordExtension.parse("42 μs")).contains(Duration.ofNanos(42_000));
            assertThat(RipcordExtension.parse("42ms")).contains(Duration.ofMillis(42));
            assertThat(RipcordExtension.parse("3 s")).contains(Duration.ofSeconds(3));
            assertThat(RipcordExtension.parse("3 h")).contains(Duration.ofHours(3));
            assertThat(RipcordExtension.parse("3 D")).contains(Duration.ofDays(3));
            assertThat(RipcordExtension.parse("soon")).isEqualTo(Optional.empty());
        }
    }

    /// What is left on purpose, and is here to be seen by the reader of this class.
    @Nested
    @ExtendWith(RipcordExtension.class)
    @LeavesBehind("to show it")
    class OnPurpose {

        @Test
        void aWholeClassMayLeaveThingsBehind() {
            Registration registration = Context.background().withCancel().afterFunc(() -> {});

            assertThat(registration.toString()).endsWith("waiting");
        }
    }
}
