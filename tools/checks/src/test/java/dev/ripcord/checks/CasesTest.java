package dev.ripcord.checks;

import com.google.errorprone.CompilationTestHelper;
import com.google.errorprone.bugpatterns.BugChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each check finds what its file in `src/cases` marks, with that message, and nothing else in it.
@SuppressWarnings("MisformattedTestData") // formatted as our own sources are
class CasesTest {

    private static final Path CASES = Path.of("src/cases/java");

    static List<Class<? extends BugChecker>> checks() {
        return Checks.all();
    }

    static CompilationTestHelper helper(Class<? extends BugChecker> check) {
        return CompilationTestHelper.newInstance(check, CasesTest.class);
    }

    private static String[] lines(String name) throws IOException {
        return Files.readAllLines(CASES.resolve(name)).toArray(String[]::new);
    }

    @ParameterizedTest
    @MethodSource("checks")
    void aCheckFindsWhatItsCasesMarkAndNothingElse(Class<? extends BugChecker> check) throws IOException {
        String name = check.getSimpleName() + "Cases.java";

        helper(check).addSourceLines(name, lines(name)).doTest();
    }

    @ParameterizedTest
    @MethodSource("checks")
    void aCheckIsSuppressedByItsName(Class<? extends BugChecker> check) throws IOException {
        String name = check.getSimpleName() + "Cases.java";
        String source = String.join("\n", lines(name))
                .replaceAll("// BUG: .*", "")
                .replaceFirst("(?m)^class ", "@SuppressWarnings(\"%s\") class ".formatted(check.getSimpleName()));

        helper(check).addSourceLines(name, source).expectNoDiagnostics().doTest();
    }

    @ParameterizedTest
    @MethodSource("checks")
    void aCheckIsSilentWithoutRipcord(Class<? extends BugChecker> check) {
        helper(check)
                .addSourceLines("Context.java", "interface Context { Context withCancel(); void run(Context ctx); }")
                .addSourceLines("Plain.java", """
                        class Plain {

                            Context ctx;

                            void work(String name, Context ctx) throws InterruptedException {
                                for (; ; ) {
                                    ctx = ctx.withCancel();
                                    ctx.run(null);
                                    new java.util.concurrent.CountDownLatch(1).await();
                                }
                            }
                        }
                        """)
                .setArgs("-cp", System.getProperty("java.io.tmpdir"))
                .expectNoDiagnostics()
                .doTest();
    }

    @Test
    void anExceptionIsNoPathInTests() {
        helper(ContextNotClosed.class)
                .setArgs("-XepCompilingTestOnlyCode")
                .addSourceLines("Scopes.java", """
                        import dev.ripcord.Context;

                        class Scopes {

                            void closes(Context ctx) {
                                var scope = ctx.withCancel();
                                Integer.parseInt("1");
                                scope.close();
                            }

                            void doesNot(Context ctx) {
                                // BUG: Diagnostic contains: held by `scope`, which nothing closes
                                var scope = ctx.withCancel();
                                Integer.parseInt("1");
                            }
                        }
                        """)
                .doTest();
    }
}
