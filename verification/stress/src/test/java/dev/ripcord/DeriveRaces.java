package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Cause;
import dev.ripcord.Race.Counter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZL_Result;

/// A context is derived from one that ends meanwhile.
public class DeriveRaces {

    private DeriveRaces() {}

    @JCStressTest
    @Outcome(id = "(live|gone), gone", expect = ACCEPTABLE, desc = "R1: the child finds the end by asking")
    @Outcome(expect = FORBIDDEN, desc = "R1: a child of what has ended has ended in the same way")
    @State
    public static class DeriveCancel {

        private final CancellableContext parent = Context.background().withCancel();
        private final Cause gone = new Cause("gone");
        private Context child = parent;

        @Actor
        public void cancel() {
            parent.cancel(gone);
        }

        @Actor
        public void derive(LL_Result r) {
            child = parent.withCancel().withTimeout(Duration.ofHours(1));
            r.r1 = Race.end(child);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(child);
        }
    }

    @JCStressTest
    @Outcome(id = "gone, 1", expect = ACCEPTABLE, desc = "R5: the callback of the new child runs once")
    @Outcome(expect = FORBIDDEN, desc = "R5, invariant 4: pushed or found, and once")
    @State
    public static class DeriveListenCancel {

        private final CancellableContext parent = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Cause gone = new Cause("gone");
        private Context child = parent;
        private Registration registration = Race.NONE;

        @Actor
        public void cancel() {
            parent.cancel(gone);
        }

        @Actor
        public void derive() {
            child = parent.withCancel();
            registration = child.afterFunc(callback);
        }

        @Arbiter
        public void arbiter(LI_Result r) {
            r.r1 = Race.end(child);
            r.r2 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "false, (live|gone)", expect = ACCEPTABLE, desc = "the end had not been seen")
    @Outcome(id = "true, gone", expect = ACCEPTABLE, desc = "G4: who has seen the end derives what has ended")
    @Outcome(expect = FORBIDDEN, desc = "G4: a child of what was seen to have ended has ended")
    @State
    public static class DeriveFromWhatWasSeenToEnd {

        private final CancellableContext parent = Context.background().withCancel();
        private final Registration registration = parent.afterFunc(() -> {});
        private final Cause gone = new Cause("gone");

        @Actor
        public void cancel() {
            parent.cancel(gone);
        }

        @Actor
        public void derive(ZL_Result r) {
            r.r1 = parent.done().isDone();
            r.r2 = Race.end(
                    parent.withValue(Key.of("key", String.class), "value").withCancel());
        }

        @Arbiter
        public void arbiter(ZL_Result r) {
            if (registration.stop()) {
                r.r2 = "never told";
            }
        }
    }

    @JCStressTest
    @Outcome(id = "(live|gone), live", expect = ACCEPTABLE, desc = "R10: what is detached goes on")
    @Outcome(expect = FORBIDDEN, desc = "R10: an end does not reach what is detached")
    @State
    public static class DetachCancel {

        private final CancellableContext parent = Context.background().withCancel();
        private final Cause gone = new Cause("gone");
        private Context detached = parent;

        @Actor
        public void cancel() {
            parent.cancel(gone);
        }

        @Actor
        public void detach(LL_Result r) {
            r.r1 = Race.end(parent);
            detached = parent.withoutCancel().withCancel();
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(detached);
        }
    }
}
