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
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZLI_Result;
import org.openjdk.jcstress.infra.results.ZLL_Result;

/// Several threads end one tree, or one ends it while another asks.
public class CancelRaces {

    private CancelRaces() {}

    @JCStressTest
    @Outcome(id = "true, false, one, 1", expect = ACCEPTABLE, desc = "R6: the first cancel won, with its cause")
    @Outcome(id = "false, true, other, 1", expect = ACCEPTABLE, desc = "R6: the second cancel won, with its cause")
    @Outcome(expect = FORBIDDEN, desc = "R6: one wins, kind and cause together; invariant 4: each link fires once")
    @State
    public static class CancelCancel {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);
        private final Cause one = new Cause("one");
        private final Cause other = new Cause("other");

        @Actor
        public void one(LLLL_Result r) {
            r.r1 = scope.cancel(one);
        }

        @Actor
        public void other(LLLL_Result r) {
            r.r2 = scope.cancel(other);
        }

        @Arbiter
        public void arbiter(LLLL_Result r) {
            r.r3 = Race.end(scope);
            r.r4 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "live, (live|one), one", expect = ACCEPTABLE, desc = "R6: kind and cause are one fact")
    @Outcome(id = "one, one, one", expect = ACCEPTABLE, desc = "R6: an end is for good, and a layer's too")
    @Outcome(expect = FORBIDDEN, desc = "R6: kind and cause are one fact, for good")
    @State
    public static class CancelAsk {

        private final CancellableContext scope = Context.background().withCancel();
        private final Context layer = scope.withValue(Key.of("key", String.class), "value");
        private final Cause one = new Cause("one");

        @Actor
        public void cancel() {
            scope.cancel(one);
        }

        @Actor
        public void ask(LLL_Result r) {
            r.r1 = Race.end(scope);
            r.r2 = Race.end(layer);
        }

        @Arbiter
        public void arbiter(LLL_Result r) {
            r.r3 = Race.end(layer);
        }
    }

    @JCStressTest
    @Outcome(id = "true, one, 1", expect = ACCEPTABLE, desc = "R6: the cancel came before the deadline")
    @Outcome(id = "false, late, 1", expect = ACCEPTABLE, desc = "R2: the clock decided, and the cancel says so")
    @Outcome(expect = FORBIDDEN, desc = "R2, R6: one end, and cancel tells whether it was its own")
    @State
    public static class CancelDeadline {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(Duration.ofMillis(1));
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);
        private final Cause one = new Cause("one");

        @Actor
        public void cancel(ZLI_Result r) {
            r.r1 = scope.cancel(one);
        }

        @Actor
        public void pass() {
            clock.pass(Duration.ofMillis(1));
            scope.err();
        }

        @Arbiter
        public void arbiter(ZLI_Result r) {
            r.r2 = Race.end(scope);
            r.r3 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "false, parent, parent", expect = ACCEPTABLE, desc = "R6: the parent's end came first")
    @Outcome(id = "true, parent, child", expect = ACCEPTABLE, desc = "R6: the child's own cancel came first")
    @Outcome(expect = FORBIDDEN, desc = "R6: each ends once, and a child never ends its parent")
    @State
    public static class CancelParentCancelChild {

        private final CancellableContext parent = Context.background().withCancel();
        private final CancellableContext child = parent.withCancel();
        private final Registration registration = child.afterFunc(() -> {});
        private final Cause above = new Cause("parent");
        private final Cause below = new Cause("child");

        @Actor
        public void above() {
            parent.cancel(above);
        }

        @Actor
        public void below(ZLL_Result r) {
            r.r1 = child.cancel(below);
        }

        @Arbiter
        public void arbiter(ZLL_Result r) {
            r.r2 = Race.end(parent);
            r.r3 = registration.stop() ? "never told" : Race.end(child);
        }
    }

    @JCStressTest
    @Outcome(id = "live, parent", expect = ACCEPTABLE, desc = "R6: asked before the parent ended")
    @Outcome(id = "parent, parent", expect = ACCEPTABLE, desc = "R6: the parent ended first, so its end is the child's")
    @Outcome(expect = FORBIDDEN, desc = "R6: the nearest end counts, for it was there before the one above it")
    @State
    public static class CancelParentThenAboveAsk {

        private final CancellableContext above = Context.background().withCancel();
        private final CancellableContext parent = above.withCancel();
        private final Context child = parent.withCancel();
        private final Cause first = new Cause("parent");
        private final Cause second = new Cause("above");

        @Actor
        public void cancel() {
            parent.cancel(first);
            above.cancel(second);
        }

        @Actor
        public void ask(LL_Result r) {
            r.r1 = Race.end(child);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(child);
        }
    }
}
