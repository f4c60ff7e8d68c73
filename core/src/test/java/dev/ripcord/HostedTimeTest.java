package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.spi.ForeignContext;
import dev.ripcord.spi.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [ManualTime] and [dev.ripcord.spi.TreeObserver]: a tree whose clock is somebody else's, and what he is told.
class HostedTimeTest {

    /// Keeps timers and notes what it is told.
    private static final class Host implements ManualTime {

        private final Set<Alarm> armed = new LinkedHashSet<>();
        private final List<String> told = new CopyOnWriteArrayList<>();
        private final List<Listener> listeners = new CopyOnWriteArrayList<>();
        private long nanos = Long.MAX_VALUE - 5;

        @Override
        public synchronized long nanoTime() {
            return nanos;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH;
        }

        @Override
        public synchronized void arm(Alarm alarm) {
            armed.add(alarm);
        }

        @Override
        public synchronized void disarm(Alarm alarm) {
            assertThat(armed.remove(alarm)).as("%s was armed", alarm).isTrue();
        }

        void advance(long by) {
            List<Alarm> due = new ArrayList<>();
            synchronized (this) {
                nanos += by;
                armed.removeIf(alarm -> alarm.nanos() - nanos <= 0 && due.add(alarm));
                armed.addAll(due); // it is the end that disarms them
            }
            due.forEach(Alarm::ring);
        }

        @Override
        public void made(Context scope, @Nullable Context parent) {
            told.add("made" + (parent == null ? "" : " below"));
        }

        @Override
        public void listens(Listener listener) {
            listeners.add(listener);
            told.add("listens");
        }

        @Override
        public void left(Listener listener) {
            assertThat(listeners).contains(listener);
            told.add("left");
        }

        @Override
        public void forked(Context scope, Thread thread) {
            told.add("forked");
        }

        @Override
        public String toString() {
            return "host";
        }
    }

    private final Host host = new Host();
    private final Context root = Context.of(host);

    @Nested
    class Timers {

        @Test
        void areArmedWhenSomebodyListensAndRungInTime() {
            Gate called = new Gate();
            Context ctx = root.withTimeout(Duration.ofNanos(10), "call");
            assertThat(host.armed).isEmpty();
            ctx.afterFunc(called::open);
            assertThat(host.armed).singleElement().satisfies(alarm -> {
                assertThat(alarm.nanos()).isEqualTo(Long.MIN_VALUE + 4);
                assertThat(alarm).hasToString("host.withTimeout(call 0.01µs, 0µs left)");
            });

            host.advance(9);
            assertThat(ctx).isLive();
            host.advance(1);

            called.await();
            assertThat(ctx).isOutOfTime("call");
            assertThat(host.armed).isEmpty();
        }

        @Test
        void areDisarmedWhenNobodyListensAnyMore() {
            CancellableContext ctx = root.withTimeout(Duration.ofNanos(10));
            ctx.afterFunc(() -> {}).stop();
            assertThat(host.armed).isEmpty();
            ctx.afterFunc(() -> {});
            assertThat(host.armed).hasSize(1);

            ctx.close();

            assertThat(host.armed).isEmpty();
        }

        @Test
        void inThePastRingByThemselves() {
            Context ctx = root.withTimeout(Duration.ofNanos(10));
            host.nanos += 20;
            Gate called = new Gate();

            ctx.afterFunc(called::open);

            called.await();
            assertThat(host.armed).isEmpty();
        }

        @Test
        void thatAreReleasedFirstAreNeverArmed() {
            DeadlineNode node = (DeadlineNode) root.withTimeout(Duration.ofNanos(10));
            Wheel.Timer timer = new Wheel.Timer(node, 0);

            timer.release();
            timer.engage();
            timer.release();

            assertThat(host.armed).isEmpty();
        }
    }

    @Nested
    class Told {

        @Test
        void ofEveryScope() {
            try (CancellableContext ctx = root.withCancel()) {
                Context.anyOf(ctx.withTimeout(Duration.ofNanos(10)), root.withCancel());
            }

            assertThat(host.told).containsExactly("made", "made below", "made", "made below");
        }

        @Test
        void ofACallbackUntilItHasRun() {
            Gate stop = new Gate();
            CancellableContext ctx = root.withCancel();
            ctx.afterFunc(stop::await);
            var callback = host.listeners.getFirst();
            assertThat(callback.isListening()).isTrue();
            assertThat(callback.isRunning()).isFalse();
            assertThat(callback.thread()).isEmpty();
            assertThat(callback.context()).isSameAs(ctx);

            ctx.cancel();
            assertThat(callback.isListening()).isFalse();
            assertThat(callback.isRunning()).isTrue();
            assertThat(callback.toString()).startsWith("afterFunc(");

            stop.open();
            LeakTest.collectUntil(() -> !callback.isRunning());
            assertThat(callback.isRunning()).isFalse();
            assertThat(callback.thread()).isPresent();
        }

        @Test
        void ofACallbackInAnExecutorOfTheUsersOnceThatRunsIt() {
            List<Runnable> queue = new CopyOnWriteArrayList<>();
            Gate handed = new Gate();
            Executor executor = task -> {
                queue.add(task);
                handed.open();
            };
            CancellableContext ctx = root.withCancel();
            ctx.afterFunc(
                    executor,
                    () -> assertThat(host.listeners.getFirst().isRunning()).isTrue());

            ctx.cancel();
            handed.await();

            assertThat(host.listeners.getFirst().isRunning()).isFalse();
            queue.getFirst().run();
            assertThat(host.listeners.getFirst().isRunning()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofAWaitUntilItIsOver(Threads threads) {
            try (CancellableContext ctx = root.withCancel()) {
                var waits = threads.start(() -> ctx.done().await());
                waits.awaitParked();
                var wait = host.listeners.getFirst();
                assertThat(wait.thread()).contains(waits.thread());
                assertThat(wait.isListening()).isTrue();
                assertThat(wait).hasToString("the wait of " + waits.thread());

                ctx.cancel();
                waits.join();

                assertThat(wait.isListening()).isFalse();
                assertThat(host.told).endsWith("listens", "left");
            }
        }

        @ParameterizedTest
        @EnumSource
        void ofAnInterruptibleWaitUntilItIsOver(Threads threads) {
            try (CancellableContext ctx = root.withCancel()) {
                CountDownLatch latch = new CountDownLatch(1);
                var waits = threads.start(() -> Blocking.await(ctx, latch));
                waits.awaitParked();
                assertThat(host.listeners.getFirst().thread()).contains(waits.thread());

                latch.countDown();
                waits.join();

                assertThat(host.listeners.getFirst().isListening()).isFalse();
                assertThat(host.told).endsWith("listens", "left");
            }
        }

        @Test
        void ofAFork() throws InterruptedException {
            try (Group group = Group.of(root)) {
                group.execute(ctx -> {});
                group.join();
            }

            assertThat(host.told).contains("forked");
        }
    }

    @Nested
    class AForeignContext {

        @Test
        void givesItsClockToAllBelow() {
            Deadline deadline =
                    root.withTimeout(Duration.ofNanos(10)).deadline().orElseThrow();

            Context joined = Context.of(new Signal(deadline));
            host.advance(10);

            assertThat(joined).isOutOfTime();
            assertThat(joined.toString()).startsWith("background.anyOf(signal)");
        }

        @Test
        void isAskedAlwaysIfItWantsTo() {
            AtomicInteger asked = new AtomicInteger();
            Context joined = Context.of(new Signal() {
                @Override
                public Optional<ForeignContext.End> end() {
                    asked.incrementAndGet();
                    return super.end();
                }

                @Override
                public boolean isAskedAlways() {
                    return true;
                }
            });
            Context below = joined.withCancel();
            for (int i = 0; i < 3 * ScopeNode.POLL_LIMIT; i++) {
                below = below.withCancel();
            }
            Registration registration = below.afterFunc(() -> {});
            assertThat(below).isLive();
            int before = asked.get();

            assertThat(below.done().isDone()).isFalse();
            assertThat(below.done().isDone()).isFalse();

            assertThat(asked).hasValue(before + 2);
            registration.stop();
        }
    }
}
