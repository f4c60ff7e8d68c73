package dev.ripcord.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Group;
import dev.ripcord.Registration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [LeakDetector]: what a block leaves behind.
class LeakDetectorTest {

    private static CancellableContext hours() {
        return Context.background().withTimeout(Duration.ofHours(1), "hours");
    }

    @Nested
    class Finds {

        @Test
        void aCallbackThatWasNotStopped() {
            LeakDetector detector = LeakDetector.open();
            CancellableContext ctx = hours();
            Registration registration = ctx.afterFunc(() -> {});

            assertThatThrownBy(detector::close)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith(
                            "1 left behind; close the scope, stop the registration or join the group:\nafterFunc(")
                    .hasMessageContaining(" waiting\n    of background.withTimeout(hours 1h")
                    .hasMessageContaining(
                            "\n    since at dev.ripcord.testkit.LeakDetectorTest$Finds.aCallbackThatWasNotStopped(")
                    .hasMessageContaining("\n    context made at dev.ripcord.testkit.LeakDetectorTest.hours(")
                    .satisfies(error -> assertThat(error.getSuppressed())
                            .extracting(Throwable::getMessage)
                            .containsExactly(
                                    "began to listen here, by thread "
                                            + Thread.currentThread().getName(),
                                    "made here, by thread "
                                            + Thread.currentThread().getName()));
            registration.stop();
        }

        @ParameterizedTest
        @EnumSource
        void aThreadThatWaits(Threads threads) {
            LeakDetector detector = LeakDetector.open();
            CancellableContext ctx = hours();
            var sleeper = threads.start(() -> Blocking.await(ctx, new CountDownLatch(1)));
            RealTime.await("a listener", () -> !detector.listeners().isEmpty());

            assertThatThrownBy(detector::close).hasMessageContaining("the wait of " + sleeper.thread());
            ctx.close();
            assertThatThrownBy(sleeper::join).hasMessageContaining("context is already closed");
        }

        @Test
        void aForkThatRuns() throws InterruptedException {
            LeakDetector detector = LeakDetector.open();
            Group group = Group.of(Context.background());
            Gate stop = new Gate();
            group.execute(ctx -> stop.await());

            assertThatThrownBy(detector::close)
                    .hasMessageContaining("the fork VirtualThread[#")
                    .hasMessageContaining("ripcord-group-");
            stop.open();
            group.close();
        }

        @Test
        void aCallbackThatRuns() {
            LeakDetector detector = LeakDetector.open();
            Gate stop = new Gate();
            try (CancellableContext ctx = hours()) {
                ctx.afterFunc(stop::await);
            }

            assertThatThrownBy(detector::close).hasMessageContaining(" running\n");
            stop.open();
        }

        @Test
        void whatIsDerivedFromAManualClock() {
            LeakDetector detector = LeakDetector.open();
            Context ctx = new ManualClock().root().withTimeout(Duration.ofHours(1));
            Registration registration = ctx.afterFunc(() -> {});

            assertThatThrownBy(detector::close).hasMessageContaining("    of test.withTimeout(1h");
            registration.stop();
        }
    }

    @Nested
    class Leaves {

        @Test
        void aScopeThatNobodyListensTo() {
            try (LeakDetector detector = LeakDetector.open()) {
                CancellableContext ctx = hours();
                Registration registration = ctx.withCancel().afterFunc(() -> {});
                assertThat(detector.listeners()).hasSize(1);
                registration.stop();
                assertThat(ctx.withCancel().done().isDone()).isFalse();
            }
        }

        @Test
        void whatEndsSoon() {
            Gate leave = new Gate();
            Threads.Job job;
            try (LeakDetector detector = LeakDetector.open();
                    CancellableContext ctx = hours()) {
                ctx.afterFunc(leave::await);
                job = Threads.VIRTUAL.start(leave::open);
                assertThat(detector.listeners()).hasSize(1);
            }
            job.join();
        }

        @Test
        void whatOthersDo() {
            Gate both = new Gate(2);
            Gate stopped = new Gate();
            List<Threads.Job> jobs = List.of(
                    Threads.PLATFORM.start(() -> {
                        LeakDetector detector = LeakDetector.open();
                        Registration registration = hours().withCancel().afterFunc(() -> {});
                        both.open();
                        both.await();
                        assertThat(detector.listeners()).hasSize(1);
                        stopped.await();
                        registration.stop();
                        detector.close();
                    }),
                    Threads.PLATFORM.start(() -> {
                        try (LeakDetector detector = LeakDetector.open()) {
                            both.open();
                            both.await();
                            assertThat(detector.listeners()).isEmpty();
                        } finally {
                            stopped.open();
                        }
                    }));

            jobs.forEach(Threads.Job::join);
        }

        @Test
        void whatTheOuterDetectorHas() {
            try (LeakDetector outer = LeakDetector.open()) {
                CancellableContext ctx = hours();
                Registration registration;
                try (LeakDetector inner = LeakDetector.open()) {
                    registration = ctx.withCancel().afterFunc(() -> {});
                    assertThat(inner.listeners()).isEmpty();
                }
                assertThat(outer.listeners()).hasSize(1);
                registration.stop();
            }
        }
    }

    @Test
    void manyListenersCostLittleAndAreForgotten() {
        try (LeakDetector detector = LeakDetector.open();
                CancellableContext ctx = hours()) {
            for (int i = 0; i < 30_000; i++) {
                ctx.afterFunc(() -> {}).stop();
            }
            assertThat(detector.listeners()).isEmpty();
            Registration last = ctx.afterFunc(() -> {});
            assertThat(detector.listeners())
                    .singleElement()
                    .asString()
                    .contains("since somewhere; too many to keep the stack of each");
            last.stop();
        }
    }
}
