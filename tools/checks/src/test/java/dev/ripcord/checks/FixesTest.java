package dev.ripcord.checks;

import com.google.errorprone.BugCheckerRefactoringTestHelper;
import com.google.errorprone.bugpatterns.BugChecker;
import org.junit.jupiter.api.Test;

/// What the checks would write instead.
class FixesTest {

    private static void rewrite(Class<? extends BugChecker> check, String before, String after) {
        BugCheckerRefactoringTestHelper.newInstance(check, FixesTest.class)
                .addInputLines("Before.java", before)
                .addOutputLines("Before.java", after)
                .doTest();
    }

    @Test
    void aScopeThatIsClosedLastMovesIntoTheHeadOfATry() {
        rewrite(ContextNotClosed.class, """
                import dev.ripcord.Context;

                class Before {
                    void work(Context ctx) {
                        var call = ctx.withCancel();
                        work(call);
                        call.close();
                    }
                }
                """, """
                import dev.ripcord.Context;

                class Before {
                    void work(Context ctx) {
                        try (var call = ctx.withCancel()) {
                            work(call);
                        }
                    }
                }
                """);
    }

    @Test
    void aNullContextBecomesTheOneInScope() {
        rewrite(ContextNull.class, """
                import dev.ripcord.Context;

                class Before {
                    void find(Context ctx, long id) {
                        find(null, id);
                    }
                }
                """, """
                import dev.ripcord.Context;

                class Before {
                    void find(Context ctx, long id) {
                        find(ctx, id);
                    }
                }
                """);
    }

    @Test
    void aNullContextBecomesTodoWhereThereIsNone() {
        rewrite(ContextNull.class, """
                import dev.ripcord.spi.DaemonThreads;

                class Before {
                    void find(dev.ripcord.Context ctx, long id) {}

                    void find(long id) {
                        find(null, id);
                    }
                }
                """, """
                import dev.ripcord.Context;
                import dev.ripcord.spi.DaemonThreads;

                class Before {
                    void find(dev.ripcord.Context ctx, long id) {}

                    void find(long id) {
                        find(Context.todo(), id);
                    }
                }
                """);
    }

    @Test
    void aPrivateMethodAndItsCallsAreReordered() {
        rewrite(ContextFirstParameter.class, """
                import dev.ripcord.Context;

                class Before {
                    private String find(long id, String name, Context ctx) {
                        return id == 0 ? name : find(0, name, ctx);
                    }
                }
                """, """
                import dev.ripcord.Context;

                class Before {
                    private String find(Context ctx, long id, String name) {
                        return id == 0 ? name : find(ctx, 0, name);
                    }
                }
                """);
    }

    @Test
    void aKeyOfEachObjectBecomesAConstant() {
        rewrite(ContextKeyNotConstant.class, """
                import dev.ripcord.Key;

                class Before {
                    private final Key<String> user = Key.of("user");
                }
                """, """
                import dev.ripcord.Key;

                class Before {
                    private static final Key<String> user = Key.of("user");
                }
                """);
    }

    @Test
    void aRootBecomesTheContextInScope() {
        rewrite(ContextBackgroundInRequest.class, """
                import dev.ripcord.Context;

                class Before {
                    void find(Context ctx, long id) {
                        find(Context.background(), id);
                    }
                }
                """, """
                import dev.ripcord.Context;

                class Before {
                    void find(Context ctx, long id) {
                        find(ctx, id);
                    }
                }
                """);
    }

    @Test
    void aWaitBecomesTheOneThatKnowsTheContext() {
        rewrite(ContextDroppedCall.class, """
                import static java.lang.Thread.sleep;

                import dev.ripcord.Context;
                import java.util.concurrent.BlockingQueue;

                class Before {
                    String take(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
                        sleep(20);
                        return queue.take();
                    }
                }
                """, """
                import static java.lang.Thread.sleep;

                import dev.ripcord.Blocking;
                import dev.ripcord.Context;
                import java.time.Duration;
                import java.util.concurrent.BlockingQueue;

                class Before {
                    String take(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
                        Blocking.sleep(ctx, Duration.ofMillis(20));
                        return Blocking.take(ctx, queue);
                    }
                }
                """);
    }

    @Test
    void aWaitThatThrowsNothingIsLeftToItsAuthor() {
        rewrite(ContextDroppedCall.class, """
                import dev.ripcord.Context;
                import java.util.concurrent.locks.Lock;

                class Before {
                    void lock(Context ctx, Lock lock) {
                        lock.lock();
                    }
                }
                """, """
                import dev.ripcord.Context;
                import java.util.concurrent.locks.Lock;

                class Before {
                    void lock(Context ctx, Lock lock) {
                        lock.lock();
                    }
                }
                """);
    }

    @Test
    void aLoopAsksAtTheBeginningOfEachRound() {
        rewrite(ContextIgnored.class, """
                import dev.ripcord.Context;
                import java.sql.Connection;
                import java.sql.SQLException;
                import java.util.List;

                class Before {
                    void commit(Context ctx, List<Connection> connections) throws SQLException {
                        ctx.throwIfDone();
                        for (Connection connection : connections) {
                            connection.commit();
                        }
                    }
                }
                """, """
                import dev.ripcord.Context;
                import java.sql.Connection;
                import java.sql.SQLException;
                import java.util.List;

                class Before {
                    void commit(Context ctx, List<Connection> connections) throws SQLException {
                        ctx.throwIfDone();
                        for (Connection connection : connections) {
                            ctx.throwIfDone();
                            connection.commit();
                        }
                    }
                }
                """);
    }

    @Test
    void aLoopThatCleansUpOrRunsLaterIsLeftToItsAuthor() {
        String source = """
                import dev.ripcord.Context;
                import java.sql.Connection;
                import java.sql.SQLException;
                import java.util.List;
                import java.util.concurrent.Callable;

                class Before {
                    Callable<String> commit(Context ctx, List<Connection> connections) throws SQLException {
                        try {
                            ctx.throwIfDone();
                        } catch (IllegalStateException e) {
                            for (Connection connection : connections) {
                                connection.rollback();
                            }
                        } finally {
                            for (Connection connection : connections) {
                                connection.close();
                            }
                        }
                        return () -> {
                            for (Connection connection : connections) {
                                connection.commit();
                            }
                            return "later";
                        };
                    }
                }
                """;
        rewrite(ContextIgnored.class, source, source);
    }

    @Test
    void aLostInterruptIsRestored() {
        rewrite(ContextSwallowed.class, """
                import java.util.concurrent.BlockingQueue;

                class Before {
                    void take(BlockingQueue<String> queue) {
                        try {
                            queue.take();
                        } catch (InterruptedException e) {
                        }
                    }
                }
                """, """
                import java.util.concurrent.BlockingQueue;

                class Before {
                    void take(BlockingQueue<String> queue) {
                        try {
                            queue.take();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }
                """);
    }

    @Test
    void aCapturedContextIsDetached() {
        rewrite(ContextCapturedByTask.class, """
                import dev.ripcord.Context;

                class Before {
                    void audit(Context ctx) {
                        Thread.startVirtualThread(() -> audit(ctx));
                    }
                }
                """, """
                import dev.ripcord.Context;

                class Before {
                    void audit(Context ctx) {
                        Thread.startVirtualThread(() -> audit(ctx.withoutCancel()));
                    }
                }
                """);
    }
}
