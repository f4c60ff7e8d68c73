package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Counter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/// A callback is registered, stopped and called by several threads.
public class CallbackRaces {

    private CallbackRaces() {}

    @JCStressTest
    @Outcome(id = "true, 0", expect = ACCEPTABLE, desc = "R5: stopped, so it never runs")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "R5: too late, so it runs once")
    @Outcome(expect = FORBIDDEN, desc = "R5: stopped or run, never both nor neither")
    @State
    public static class CancelStop {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Registration registration = scope.withCancel().afterFunc(callback);

        @Actor
        public void cancel() {
            scope.cancel();
        }

        @Actor
        public void stop(ZI_Result r) {
            r.r1 = registration.stop();
        }

        @Arbiter
        public void arbiter(ZI_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0, 0", expect = ACCEPTABLE, desc = "R5: stopped, so it never runs")
    @Outcome(id = "false, 1, 1", expect = ACCEPTABLE, desc = "R5: it has run when stopAndAwait returns")
    @Outcome(expect = FORBIDDEN, desc = "R5: stopAndAwait returns when the callback can run no more")
    @State
    public static class CancelStopAndAwait {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);

        @Actor
        public void cancel() {
            scope.cancel();
        }

        @Actor
        public void stop(ZII_Result r) {
            r.r1 = Race.stopAndAwait(registration);
            r.r2 = callback.calls();
        }

        @Arbiter
        public void arbiter(ZII_Result r) {
            r.r3 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the first stop took it out")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the second stop took it out")
    @Outcome(expect = FORBIDDEN, desc = "R5: one stop takes it out, and only that one says so")
    @State
    public static class StopStop {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = registration.stop();
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = Race.stopAndAwait(registration);
        }

        @Arbiter
        public void arbiter(ZZI_Result r) {
            scope.cancel();
            r.r3 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "R5: it has run when either returns")
    @Outcome(expect = FORBIDDEN, desc = "R5: every stopAndAwait waits for the one run")
    @State
    public static class AwaitAwait {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);

        public AwaitAwait() {
            scope.cancel();
        }

        @Actor
        public void one(II_Result r) {
            r.r1 = callback.callsInTheEnd(registration);
        }

        @Actor
        public void other(II_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "R5: added before the end or after it, it runs once")
    @Outcome(expect = FORBIDDEN, desc = "invariant 4: each link is fired once, by the adder or by who ended the node")
    @State
    public static class CancelAdd {

        private final CancellableContext scope = Context.background().withCancel();
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void cancel() {
            scope.cancel();
        }

        @Actor
        public void add() {
            registration = scope.afterFunc(callback);
        }

        @Arbiter
        public void arbiter(I_Result r) {
            r.r1 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0", expect = ACCEPTABLE, desc = "R5: stopped in time")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "R5: called once")
    @Outcome(expect = FORBIDDEN, desc = "R5: stopped or run, never both nor neither")
    @State
    public static class CancelAddStop {

        private final CancellableContext parent = Context.background().withCancel();
        private final CancellableContext scope = parent.withCancel();
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void cancel() {
            parent.cancel();
        }

        @Actor
        public void addAndStop(ZI_Result r) {
            registration = scope.afterFunc(callback);
            r.r1 = registration.stop();
        }

        @Arbiter
        public void arbiter(ZI_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "R5: it was started")
    @Outcome(expect = FORBIDDEN, desc = "R5: when cancel returns, no callback below can be stopped any more")
    @State
    public static class CancelReturns {

        private final CancellableContext scope = Context.background().withCancel();
        private final CancellableContext shared = scope.withCancel();
        private final Registration registration = shared.withCancel().afterFunc(() -> {});

        @Actor
        public void cancel(Z_Result r) {
            scope.cancel();
            r.r1 = !registration.stop();
        }

        @Actor
        public void listen() {
            shared.withCancel().afterFunc(() -> {}).stop();
        }
    }

    @JCStressTest
    @Outcome(id = "-1|1", expect = ACCEPTABLE, desc = "what was done before the cancel is seen with the end")
    @Outcome(expect = FORBIDDEN, desc = "who sees the end sees what its thread did before")
    @State
    public static class CancelPublishes {

        private final CancellableContext scope = Context.background().withCancel();
        private final Context child = scope.withCancel();
        private int plain;

        @Actor
        public void cancel() {
            plain = 1;
            scope.cancel();
        }

        @Actor
        public void ask(I_Result r) {
            r.r1 = child.done().isDone() ? plain : -1;
        }
    }
}
