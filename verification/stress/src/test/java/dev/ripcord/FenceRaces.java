package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZLZ_Result;

/// A context ends while a thread blocks in an operation that it interrupts. An interrupt that comes late hits the same
/// thread in its next round, which asks for it at the start.
public class FenceRaces {

    private FenceRaces() {}

    /// Runs until it is interrupted, or for a moment.
    private static boolean busy() {
        boolean interrupted = false;
        for (int i = 0; i < 100 && !interrupted; i++) {
            Thread.onSpinWait();
            interrupted = Thread.currentThread().isInterrupted();
        }
        return interrupted;
    }

    @JCStressTest
    @Outcome(id = "false, (ended|true|false), false", expect = ACCEPTABLE, desc = "R9: no interrupt is left behind")
    @Outcome(expect = FORBIDDEN, desc = "R9: no interrupt is visible after the block, nor comes later")
    @State
    public static class InterruptibleCancel {

        private final CancellableContext scope = Context.background().withCancel();

        @Actor
        public void cancel() {
            scope.cancel();
        }

        @Actor
        public void block(ZLZ_Result r) {
            r.r1 = Thread.interrupted();
            try {
                r.r2 = Blocking.<Boolean, RuntimeException>interruptible(scope, FenceRaces::busy);
            } catch (CancelledException e) {
                r.r2 = "ended";
            }
            r.r3 = Thread.interrupted();
        }
    }

    @JCStressTest
    @Outcome(id = "false, (ended|slept), false", expect = ACCEPTABLE, desc = "R9: no interrupt is left behind")
    @Outcome(expect = FORBIDDEN, desc = "R9: a wait that was ended by its context leaves no interrupt")
    @State
    public static class SleepCancel {

        private final CancellableContext scope = Context.background().withCancel();

        @Actor
        public void cancel() {
            scope.cancel();
        }

        @Actor
        public void sleep(ZLZ_Result r) {
            r.r1 = Thread.interrupted();
            try {
                Blocking.sleep(scope, Duration.ofNanos(1_000));
                r.r2 = "slept";
            } catch (CancelledException e) {
                r.r2 = "ended";
            } catch (InterruptedException e) {
                r.r2 = "interrupted";
            }
            r.r3 = Thread.interrupted();
        }
    }

    @JCStressTest
    @Outcome(id = "false, .*, false", expect = ACCEPTABLE, desc = "R9: neither fence leaves an interrupt behind")
    @Outcome(expect = FORBIDDEN, desc = "R9: fences nest, and none lets an interrupt out")
    @State
    public static class NestedCancel {

        private final CancellableContext scope = Context.background().withCancel();
        private final CancellableContext other = Context.background().withCancel();

        @Actor
        public void cancel() {
            scope.cancel();
            other.cancel();
        }

        @Actor
        public void block(ZLZ_Result r) {
            r.r1 = Thread.interrupted();
            try {
                r.r2 = Blocking.<Boolean, RuntimeException>interruptible(
                        scope, () -> Blocking.<Boolean, RuntimeException>interruptible(other, FenceRaces::busy));
            } catch (CancelledException e) {
                r.r2 = "ended";
            }
            r.r3 = Thread.interrupted();
        }
    }
}
