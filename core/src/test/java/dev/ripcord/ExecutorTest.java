package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Context#currentContextExecutor].
class ExecutorTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final Context ada = Context.background().withValue(USER, "ada");
    private final ExecutorService pool = Executors.newFixedThreadPool(1);
    private final ExecutorService carrying = Context.currentContextExecutor(pool);

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    private static String user() {
        return String.valueOf(Context.current().value(USER));
    }

    @Test
    void aPlainExecutorRunsEachTaskUnderTheContextOfItsSubmission() {
        AtomicReference<String> seen = new AtomicReference<>();
        AtomicReference<Runnable> submitted = new AtomicReference<>();
        ada.run(() -> Context.currentContextExecutor(submitted::set).execute(() -> seen.set(user())));

        submitted.get().run();

        assertThat(seen).hasValue("ada");
    }

    @Test
    void executeCarriesTheContext() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();

        ada.run(() -> carrying.execute(() -> seen.complete(user())));

        assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo("ada");
    }

    @Test
    void submitAndInvokeCarryTheContext() throws Exception {
        Callable<String> task = ExecutorTest::user;

        assertThat(ada.call(() -> carrying.submit(task)).get(10, TimeUnit.SECONDS))
                .isEqualTo("ada");
        assertThat(ada.call(() -> carrying.invokeAll(List.of(task, task))))
                .extracting(future -> future.get())
                .containsExactly("ada", "ada");
        assertThat(ada.<String, Exception>call(() -> carrying.invokeAny(List.of(task))))
                .isEqualTo("ada");
    }

    @Test
    void theThreadIsCleanForTheNextTask() throws Exception {
        ada.call(() -> carrying.submit(ExecutorTest::user)).get(10, TimeUnit.SECONDS);

        assertThat(pool.submit(ExecutorTest::user).get(10, TimeUnit.SECONDS)).isEqualTo("null");
        assertThat(carrying.submit(ExecutorTest::user).get(10, TimeUnit.SECONDS))
                .isEqualTo("null");
    }

    @ParameterizedTest
    @EnumSource
    void theContextIsThatOfTheSubmittingThread(Threads threads) {
        threads.start(() -> assertThat(ada.call(() -> carrying.submit(ExecutorTest::user))
                                .get(10, TimeUnit.SECONDS))
                        .isEqualTo("ada"))
                .join();
    }

    @Test
    void r7TheTaskCannotCancelTheScopeOfItsSubmitter() throws Exception {
        try (var scope = ada.withCancel()) {
            assertThat(scope.call(() -> carrying.submit(Context::current)).get(10, TimeUnit.SECONDS))
                    .isNotInstanceOf(CancellableContext.class);
        }
    }

    @Test
    void endingTheContextCancelsNoTask() throws Exception {
        var scope = ada.withCancel();
        scope.cancel();

        assertThat(scope.call(() -> carrying.submit(ExecutorTest::user)).get(10, TimeUnit.SECONDS))
                .isEqualTo("ada");
    }

    @Test
    void shuttingItDownShutsTheExecutorDown() throws InterruptedException {
        assertThat(carrying.isShutdown()).isFalse();

        carrying.shutdown();

        assertThat(pool.isShutdown()).isTrue();
        assertThat(carrying.isShutdown()).isTrue();
        assertThat(carrying.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(carrying.isTerminated()).isTrue();
        assertThatThrownBy(() -> carrying.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    private static void parkUntilInterrupted() {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.park();
        }
    }

    @Test
    void shuttingItDownNowReturnsWhatDidNotRun() {
        Gate running = new Gate();
        carrying.execute(() -> {
            running.open();
            parkUntilInterrupted();
        });
        running.await();
        carrying.execute(() -> {});

        assertThat(carrying.shutdownNow()).hasSize(1);
    }

    @Test
    void closingItClosesTheExecutor() {
        carrying.close();

        assertThat(pool.isTerminated()).isTrue();
    }

    @Test
    void runnablesAndTimedCallsCarryTheContextToo() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>("nobody");
        Runnable look = () -> seen.set(user());
        List<Callable<String>> tasks = List.of(ExecutorTest::user);

        ada.call(() -> carrying.submit(look)).get(10, TimeUnit.SECONDS);
        assertThat(seen.getAndSet("nobody")).isEqualTo("ada");
        assertThat(ada.call(() -> carrying.submit(look, "done")).get(10, TimeUnit.SECONDS))
                .isEqualTo("done");
        assertThat(seen).hasValue("ada");
        assertThat(ada.call(() -> carrying.invokeAll(tasks, 10, TimeUnit.SECONDS)))
                .extracting(future -> future.get())
                .containsExactly("ada");
        assertThat(ada.<String, Exception>call(() -> carrying.invokeAny(tasks, 10, TimeUnit.SECONDS)))
                .isEqualTo("ada");
    }

    @Test
    void aFutureIsThatOfTheExecutor() {
        Gate running = new Gate();
        carrying.execute(() -> {
            running.open();
            parkUntilInterrupted();
        });
        running.await();

        Future<?> waiting = carrying.submit(() -> {});

        assertThat(((ThreadPoolExecutor) pool).remove((Runnable) waiting)).isTrue();
    }

    @Nested
    class AThreadFactory {

        private final ThreadFactory threads =
                Context.currentContextThreadFactory(Thread.ofPlatform().daemon().factory());

        private final CompletableFuture<String> seen = new CompletableFuture<>();

        @Test
        void makesThreadsWithTheContextOfWhereTheyAreMade() throws Exception {
            Thread thread = ada.call(() -> threads.newThread(() -> seen.complete(user())));

            thread.start();

            assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo("ada");
        }

        @Test
        void carriesTheContextToATaskPerThread() throws Exception {
            try (ExecutorService perTask = Executors.newThreadPerTaskExecutor(threads)) {
                assertThat(ada.call(() -> perTask.submit(ExecutorTest::user)).get(10, TimeUnit.SECONDS))
                        .isEqualTo("ada");
                assertThat(perTask.submit(ExecutorTest::user).get(10, TimeUnit.SECONDS))
                        .isEqualTo("null");
            }
        }

        @Test
        void leavesTheThreadsOfAPoolWithoutAContext() throws Exception {
            for (ExecutorService pool : List.of(
                    Executors.newFixedThreadPool(1, threads),
                    Executors.newCachedThreadPool(threads),
                    Executors.newSingleThreadExecutor(threads),
                    Executors.newScheduledThreadPool(1, threads))) {
                try (pool) {
                    assertThat(ada.call(() -> pool.submit(ExecutorTest::user)).get(10, TimeUnit.SECONDS))
                            .isEqualTo("null");
                    assertThat(ada.call(() ->
                                            Context.currentContextExecutor(pool).submit(ExecutorTest::user))
                                    .get(10, TimeUnit.SECONDS))
                            .isEqualTo("ada");
                }
            }
        }

        @ParameterizedTest
        @EnumSource
        void isNeededSinceThreadsDoNotInheritAContext(Threads kind) {
            ada.run(() -> kind.start(() -> assertThat(Context.current()).isSameAs(Context.background()))
                    .join());
            ada.run(() -> {
                Thread thread =
                        Thread.ofPlatform().inheritInheritableThreadLocals(true).start(() -> seen.complete(user()));
                assertThat(thread).isNotNull();
            });

            assertThat(seen).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("null");
        }
    }

    @Test
    void itsTextNamesTheExecutor() {
        assertThat(carrying).hasToString("currentContextExecutor(" + pool + ")");
    }
}
