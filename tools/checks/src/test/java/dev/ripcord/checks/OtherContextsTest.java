package dev.ripcord.checks;

import org.junit.jupiter.api.Test;

/// Contexts that are not Ripcord's, named by a flag: here gRPC's.
@SuppressWarnings("MisformattedTestData") // formatted as our own sources are
class OtherContextsTest {

    private static final String FLAG = "-XepOpt:Ripcord:ContextTypes=io.grpc.Context";

    @Test
    void aTypeThatTheFlagNamesIsAContext() {
        CasesTest.helper(ContextInField.class)
                .setArgs(FLAG)
                .addSourceLines("Calls.java", """
                        import io.grpc.Context;

                        class Calls {
                            // BUG: Diagnostic contains: the field `context` keeps a context
                            private final Context context = Context.current();
                        }
                        """)
                .doTest();
    }

    @Test
    void whatIsCloseableBelowItIsAScope() {
        CasesTest.helper(ContextNotClosed.class)
                .setArgs(FLAG)
                .addSourceLines("Calls.java", """
                        import io.grpc.Context;
                        import io.grpc.Context.CancellableContext;

                        class Calls {
                            void work(Context context) {
                                // BUG: Diagnostic contains: held by `scope`, which nothing closes
                                CancellableContext scope = context.withCancellation();
                                scope.run(() -> {});
                            }

                            void works(Context context) {
                                CancellableContext scope = context.withCancellation();
                                try {
                                    scope.run(() -> {});
                                } finally {
                                    scope.cancel(null);
                                }
                            }
                        }
                        """)
                .doTest();
    }

    @Test
    void aRootInAFieldIsARoot() {
        CasesTest.helper(ContextBackgroundInRequest.class)
                .setArgs(FLAG)
                .addSourceLines("Calls.java", """
                        import io.grpc.Context;

                        class Calls {
                            void work(Context context) {
                                // BUG: Diagnostic contains: `Context.ROOT` does not derive from `context`
                                Context.ROOT.run(() -> {});
                            }
                        }
                        """)
                .doTest();
    }

    @Test
    void withoutTheFlagItIsNone() {
        CasesTest.helper(ContextInField.class)
                .addSourceLines("Calls.java", """
                        class Calls {
                            private final io.grpc.Context context = io.grpc.Context.current();
                        }
                        """)
                .expectNoDiagnostics()
                .doTest();
    }
}
