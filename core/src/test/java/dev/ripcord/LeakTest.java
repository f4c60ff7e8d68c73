package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What is kept alive by whom, and that nothing stays behind.
class LeakTest {

    private final ManualClock clock = new ManualClock();
    private final CancellableContext server = clock.root().withCancel();

    /// Makes something and forgets it.
    private WeakReference<Object> forget(Function<Context, Object> maker) {
        return new WeakReference<>(maker.apply(server));
    }

    private static void assertCollected(WeakReference<Object> reference) {
        collectUntil(() -> reference.get() == null);
        assertThat(reference.get()).isNull();
    }

    /// Collects garbage until `condition` holds, at most 200 times. The collector hands over what it found when it
    /// likes, and listening lets go of it.
    static void collectUntil(BooleanSupplier condition) {
        for (int i = 0; i < 200 && !condition.getAsBoolean(); i++) {
            System.gc();
            Context.background().withCancel().afterFunc(() -> {}).stop();
        }
    }

    @Nested
    class R1AForgottenScopeIsCollected {

        @Test
        void ifNobodyEverListened() {
            assertCollected(forget(parent -> {
                var scope = parent.withTimeout(Duration.ofHours(1));
                assertThat(scope).isLive();
                return scope;
            }));
        }

        @Test
        void ifTheListenerHasBeenStopped() {
            assertCollected(forget(parent -> {
                var scope = parent.withTimeout(Duration.ofHours(1));
                scope.afterFunc(() -> {}).stop();
                return scope;
            }));
            assertThat(clock.armed()).isZero();
        }

        @Test
        void afterDeepQuestions() {
            assertCollected(forget(parent -> {
                Context leaf = ContextTest.chain(parent, 100);
                assertThat(leaf).isLive();
                assertThat(Insides.isAttached(leaf)).isTrue();
                return leaf;
            }));
        }

        @Test
        void afterDeepQuestionsAndAStoppedListener() {
            assertCollected(forget(parent -> {
                Context middle = ContextTest.chain(parent, 20);
                Context leaf = ContextTest.chain(middle, 20);
                assertThat(leaf).isLive();
                middle.afterFunc(() -> {}).stop();
                return leaf;
            }));
        }

        @Test
        void ifAQuestionAttachedAChildOfWhatSomebodyListenedTo() {
            assertCollected(forget(parent -> {
                Context middle = ContextTest.chain(parent, 20);
                Registration registration = middle.afterFunc(() -> {});
                Context leaf = ContextTest.chain(middle, 20);
                assertThat(leaf).isLive();
                registration.stop();
                return middle;
            }));
        }

        @Test
        void belowAForeignContext() {
            Signal signal = new Signal();

            assertCollected(forget(parent -> {
                Context leaf = ContextTest.chain(Context.of(signal), 20);
                assertThat(leaf).isLive();
                return leaf;
            }));
            collectUntil(() -> signal.subscribers() == 0);
            assertThat(signal.subscribers()).isZero();
        }

        @Test
        void ifItIsAShutdownThatHasBeenClosed() {
            assertCollected(forget(parent -> {
                var shutdown = Shutdown.open();
                shutdown.close();
                return shutdown;
            }));
        }

        @Test
        void ifItJoinsOthers() {
            assertCollected(forget(parent -> {
                Context leaf = ContextTest.chain(Context.anyOf(parent, server.withCancel()), 20);
                assertThat(leaf).isLive();
                return leaf;
            }));
        }
    }

    @Nested
    class AScopeIsKept {

        @Test
        void asLongAsSomebodyListens() {
            Gate called = new Gate();
            WeakReference<Object> scope = forget(parent -> {
                var child = parent.withCancel();
                child.afterFunc(called::open);
                return child;
            });

            for (int i = 0; i < 5; i++) {
                System.gc();
            }

            assertThat(scope.get()).isNotNull();
            server.cancel();
            called.await();
        }
    }

    @Nested
    class AnExecutorKeepsNoContext {

        private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        private final ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, queue);

        @AfterEach
        void stop() {
            pool.shutdown();
        }

        @Test
        void inAnIdleThreadThatRanATask() {
            ExecutorService carrying = Context.currentContextExecutor(pool);

            assertCollected(forget(parent -> {
                Context ctx = parent.withCancel();
                ctx.run(() -> assertThat(carrying.submit(() -> {})).succeedsWithin(Duration.ofSeconds(10)));
                return ctx;
            }));
            assertThat(pool.getPoolSize()).isEqualTo(1);
        }

        @Test
        void inAThreadThatItsFactoryMade() {
            pool.setThreadFactory(Context.currentContextThreadFactory(Executors.defaultThreadFactory()));

            assertCollected(forget(parent -> {
                Context ctx = parent.withCancel();
                ctx.run(() -> assertThat(pool.submit(() -> {})).succeedsWithin(Duration.ofSeconds(10)));
                return ctx;
            }));
            assertThat(pool.getPoolSize()).isEqualTo(1);
        }

        @Test
        void inATaskThatWasCancelledInTheQueue() {
            ExecutorService carrying = Context.currentContextExecutor(pool);
            Gate end = occupied();

            assertCollected(forget(parent -> {
                Context ctx = parent.withCancel();
                ctx.run(() -> carrying.submit(() -> {}).cancel(false));
                return ctx;
            }));
            assertThat(queue).hasSize(1);
            end.open();
        }

        @Test
        void inAnOperationWhoseFutureWasCancelledInTheQueue() {
            Gate end = occupied();

            assertCollected(forget(parent -> {
                Context ctx = parent.withCancel();
                Futures.supplyAsync(ctx, ignored -> "a", pool).cancel(false);
                return ctx;
            }));
            assertThat(queue).hasSize(1);
            end.open();
        }

        /// Makes the pool's thread wait for the gate.
        private Gate occupied() {
            Gate begun = new Gate();
            Gate end = new Gate();
            pool.execute(() -> {
                begun.open();
                end.await();
            });
            begun.await();
            return end;
        }
    }

    @Nested
    class NothingStaysBehind {

        @Test
        void inAParentAfterAMillionScopes() {
            for (int i = 0; i < 1_000_000; i++) {
                try (var scope = server.withTimeout(Duration.ofHours(1))) {
                    if (i % 2 == 0) {
                        scope.afterFunc(() -> {}).stop();
                    }
                }
            }

            assertThat(Insides.isAttached(server)).isFalse();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void ofScopesThatWereListenedToUntilTheyWereClosed() {
            for (int i = 0; i < 1000; i++) {
                try (var scope = server.withTimeout(Duration.ofHours(1))) {
                    scope.withCancel().done().toCompletionStage();
                }
            }

            assertThat(Insides.listeners(server)).isZero();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void ofWeakAttachmentsThatHaveBeenCollected() {
            Context top = server.withCancel();
            Registration keep = top.afterFunc(() -> {});
            for (int i = 0; i < 100; i++) {
                assertThat(ContextTest.chain(top, 20)).isLive();
            }

            collectUntil(() -> Insides.listeners(top) == 1);

            assertThat(Insides.listeners(top)).isEqualTo(1);
            assertThat(keep.stop()).isTrue();
        }
    }

    @Nested
    class AGroup {

        @Test
        void thatIsClosedLeavesNothingWithItsParent() throws InterruptedException {
            try (var group = Group.of(server.withTimeout(Duration.ofHours(1)), 2)) {
                for (int i = 0; i < 10; i++) {
                    group.execute(ctx -> ctx.afterFunc(() -> {}));
                }
                group.join();
                assertThat(Insides.listeners(server)).isEqualTo(1);
                assertThat(clock.armed()).isEqualTo(1);
            }

            assertThat(Insides.listeners(server)).isZero();
            assertThat(clock.armed()).isZero();
        }

        @Test
        void keepsNoFinishedForkAndNoResult() throws InterruptedException {
            try (var group = Group.of(server)) {
                WeakReference<Object> result = new WeakReference<>(forkAndGet(group));

                assertCollected(result);

                group.join();
            }
        }

        private static Object forkAndGet(Group group) throws InterruptedException {
            Future<Object> future = group.fork(ctx -> new Object());
            group.join();
            return future.resultNow();
        }

        @Test
        void thatIsForgottenIsCollected() {
            assertCollected(forget(parent -> {
                Group group = Group.of(parent);
                assertThat(group.context()).isLive();
                return group;
            }));
        }
    }
}
