package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [CancellableContext]: ending a scope.
class CancellableContextTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();
    private final CancellableContext scope = root.withCancel();
    private final Exception gone = new Exception("client disconnected");

    @Nested
    class TheFirstEndWins {

        @Test
        void cancelTellsWhetherItEndedTheContext() {
            assertThat(scope.cancel(gone)).isTrue();
            assertThat(scope.cancel(gone)).isFalse();
            assertThat(scope.cancel()).isFalse();
            scope.close();

            assertThat(scope).isCancelledBecauseOf(gone);
        }

        @Test
        void closeAfterCancelLeavesTheCause() {
            try (var closed = root.withCancel()) {
                closed.cancel(gone);
                closed.close();
                closed.close();
                assertThat(closed).isCancelledBecauseOf(gone);
            }
        }

        @Test
        void cancelAfterCloseFindsItClosed() {
            scope.close();

            assertThat(scope.cancel(gone)).isFalse();

            assertThat(scope).isCancelled();
            assertThat(scope.err()).get().asString().contains("already closed");
        }

        @Test
        void theEndOfAnAncestorWins() {
            var child = scope.withCancel();
            scope.cancel(gone);

            assertThat(child.cancel()).isFalse();
            assertThat(child).isCancelledBecauseOf(gone);
        }
    }

    @Nested
    class UseAfterClose {

        @Test
        void throwsACancelledExceptionThatSaysSo() {
            scope.close();

            assertThatThrownBy(scope::throwIfDone)
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("already closed");
            assertThat(scope.withTimeout(Duration.ofHours(1))).isCancelled();
        }

        @Test
        void stillRunsCallbacksAndAnswersForValues() {
            Gate called = new Gate();
            Key<String> user = Key.of("user");
            scope.close();

            scope.withValue(user, "ada").afterFunc(called::open);

            called.await();
            assertThat(scope.withValue(user, "ada").value(user)).isEqualTo("ada");
            assertThat(Insides.isAttached(scope)).isFalse();
        }
    }

    @Nested
    class R4DeepAndWide {

        private static final int MILLION = 1_000_000;

        @Test
        void aChainOfAMillionThatSomebodyListensToEndsAtOnce() {
            Gate called = new Gate();
            Context leaf = ContextTest.chain(scope, MILLION);
            leaf.afterFunc(called::open);

            scope.cancel(gone);

            called.await();
            assertThat(Insides.isAttached(leaf)).isFalse();
            assertThat(leaf).isCancelledBecauseOf(gone);
        }

        @Test
        void aChainOfAMillionThatNobodyListensToIsAskedAndEndsAtOnce() {
            Context leaf = ContextTest.chain(scope, MILLION);
            assertThat(leaf).isLive();

            scope.cancel(gone);

            assertThat(leaf).isCancelledBecauseOf(gone);
        }

        @Test
        void aChainOfAMillionIsLeftWhenTheLastListenerLeaves() {
            Context leaf = ContextTest.chain(scope, MILLION);

            leaf.afterFunc(() -> {}).stop();

            assertThat(Insides.isAttached(scope)).isFalse();
            assertThat(Insides.isAttached(leaf)).isFalse();
        }

        @Test
        void aMillionListeningChildrenEndBeforeCancelReturns() {
            AtomicInteger calls = new AtomicInteger();
            Gate all = new Gate(1000);
            List<Context> children = new ArrayList<>(MILLION);
            for (int i = 0; i < MILLION; i++) {
                Context child = scope.withCancel();
                // One listener each: a child of its own, and for every thousandth a callback.
                attach(child.withCancel());
                if (i % 1000 == 0) {
                    child.afterFunc(() -> {
                        calls.incrementAndGet();
                        all.open();
                    });
                }
                children.add(child);
            }

            scope.cancel(gone);

            assertThat(children).noneMatch(Insides::isAttached);
            assertThat(children).allMatch(child -> child.err().isPresent());
            all.await();
            assertThat(calls).hasValue(1000);
        }

        /// Has a context listened to without the cost of a callback's thread.
        private static void attach(Context context) {
            ((ScopeNode) context).add(new Link.Waiter());
        }

        @ParameterizedTest
        @EnumSource
        void siblingsOfACancellingTreeAreNeverBlocked(Threads threads) {
            Gate inside = new Gate();
            Gate proceed = new Gate();
            Signal slow = new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    return () -> {
                        inside.open();
                        proceed.await();
                    };
                }
            };
            var parent = root.withCancel();
            var cancelling = parent.withCancel();
            Context.anyOf(cancelling, Context.of(slow)).afterFunc(() -> {});
            Gate called = new Gate();
            var sibling = parent.withCancel();
            sibling.afterFunc(called::open);

            var canceller = threads.start(cancelling::cancel);
            inside.await();

            assertThat(parent.withCancel()).isLive();
            parent.afterFunc(() -> {}).stop();
            sibling.cancel();
            called.await();
            assertThat(cancelling).isCancelled();
            assertThat(parent).isLive();
            proceed.open();
            canceller.join();
        }
    }

    @Nested
    class R5Synchronous {

        @Test
        void afterCancelReturnsAllDescendantsReportTheEnd() {
            List<Context> all = new ArrayList<>();
            grow(scope, 3, all);
            all.forEach(context -> {
                if (all.indexOf(context) % 3 == 0) {
                    context.afterFunc(() -> {});
                }
                assertThat(context).isLive();
            });

            scope.cancel(gone);

            assertThat(all).noneMatch(context -> context.err().isEmpty());
            assertThat(all).noneMatch(Insides::isAttached);
        }

        private static void grow(Context parent, int levels, List<Context> all) {
            if (levels > 0) {
                for (int i = 0; i < 4; i++) {
                    Context child = i % 2 == 0 ? parent.withCancel() : parent.withTimeout(Duration.ofHours(i));
                    all.add(child);
                    grow(child, levels - 1, all);
                }
            }
        }
    }

    @Nested
    class ManyAtOnce {

        /// Go's TestSimultaneousCancels.
        @ParameterizedTest
        @EnumSource
        void allScopesOfATreeCancelledAtOnceInAnyOrder(Threads threads) {
            long seed = System.nanoTime();
            for (int round = 0; round < 20; round++) {
                List<CancellableContext> tree = new ArrayList<>();
                List<CancellableContext> row = List.of(root.withCancel());
                while (tree.size() < 85) {
                    tree.addAll(row);
                    row = row.stream()
                            .flatMap(parent -> java.util.stream.Stream.generate(parent::withCancel)
                                    .limit(4))
                            .toList();
                }
                AtomicInteger calls = new AtomicInteger();
                Gate called = new Gate(tree.size());
                tree.forEach(context -> context.afterFunc(() -> {
                    calls.incrementAndGet();
                    called.open();
                }));
                Collections.shuffle(tree, new Random(seed + round));

                Gate start = new Gate();
                List<Threads.Job> jobs = new ArrayList<>();
                for (CancellableContext context : tree) {
                    jobs.add(threads.start(() -> {
                        start.await();
                        context.cancel();
                    }));
                }
                start.open();
                jobs.forEach(Threads.Job::join);

                called.await();
                assertThat(calls).as("seed %d", seed).hasValue(tree.size());
                assertThat(tree).as("seed %d", seed).noneMatch(Insides::isAttached);
            }
        }
    }
}
