package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Cause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZL_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/// G4: `done` and `err` agree, in both directions, whichever is asked first.
public class DoneRaces {

    private static final Key<String> KEY = Key.of("key", String.class);

    private DoneRaces() {}

    @JCStressTest
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "G4: done, so err is present")
    @Outcome(expect = ACCEPTABLE, desc = "G4: they agree, or the end came between")
    @State
    public static class DoneThenErrIdle {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void ask(ZZ_Result r) {
            r.r1 = leaf.done().isDone();
            r.r2 = leaf.err().isPresent();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "G4: err is present, so it is done")
    @Outcome(expect = ACCEPTABLE, desc = "G4: they agree, or the end came between")
    @State
    public static class ErrThenDoneIdle {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void ask(ZZ_Result r) {
            r.r1 = leaf.err().isPresent();
            r.r2 = leaf.done().isDone();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "G4: done, so err is present")
    @Outcome(expect = ACCEPTABLE, desc = "G4: they agree, or the end came between")
    @State
    public static class DoneThenErrAttached {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");
        private final Registration registration = leaf.afterFunc(() -> {});

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void ask(ZZ_Result r) {
            r.r1 = leaf.done().isDone();
            r.r2 = leaf.err().isPresent();
        }

        @Arbiter
        public void arbiter(ZZ_Result r) {
            if (registration.stop()) {
                r.r1 = true;
                r.r2 = false;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "G4: a cause is there, so it is done")
    @Outcome(expect = ACCEPTABLE, desc = "G4: they agree, or the end came between")
    @State
    public static class CauseThenDoneAttached {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");
        private final Registration registration = leaf.afterFunc(() -> {});

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void ask(ZZ_Result r) {
            r.r1 = leaf.cause().isPresent();
            r.r2 = leaf.done().isDone();
        }

        @Arbiter
        public void arbiter(ZZ_Result r) {
            if (registration.stop()) {
                r.r1 = true;
                r.r2 = false;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "a child that ended with its parent: the parent has ended")
    @Outcome(expect = ACCEPTABLE, desc = "an attached child may be told a moment after its parent has ended")
    @State
    public static class ChildThenParent {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");
        private final Registration registration = leaf.afterFunc(() -> {});

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void ask(ZZ_Result r) {
            r.r1 = leaf.done().isDone();
            r.r2 = top.done().isDone();
        }

        @Arbiter
        public void arbiter(ZZ_Result r) {
            if (registration.stop()) {
                r.r1 = true;
                r.r2 = false;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "cancelled", expect = ACCEPTABLE, desc = "G4: who was woken finds the end")
    @Outcome(expect = FORBIDDEN, desc = "G4: await returns when err is present, and it does return")
    @State
    public static class AwaitThenErr {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 2).withValue(KEY, "value");

        @Actor
        public void cancel() {
            top.cancel();
        }

        @Actor
        public void await(L_Result r) {
            Race.await(leaf);
            r.r1 = Race.end(leaf);
        }
    }

    @JCStressTest
    @Outcome(id = "true, why", expect = ACCEPTABLE, desc = "G4: two threads get the same exception")
    @Outcome(expect = FORBIDDEN, desc = "successive calls of err give one exception, whoever calls first")
    @State
    public static class ErrErr {

        private final CancellableContext scope = Context.background().withCancel();
        private final Context[] asked = {scope.withCancel(), scope.withCancel()};
        private final Throwable[] seen = new Throwable[2];

        public ErrErr() {
            scope.cancel(new Cause("why"));
        }

        @Actor
        public void one() {
            seen[0] = asked[0].err().orElseThrow();
        }

        @Actor
        public void other() {
            seen[1] = asked[1].err().orElseThrow();
        }

        @Arbiter
        public void arbiter(ZL_Result r) {
            r.r1 = seen[0] == seen[1];
            r.r2 = Race.end(scope);
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "R5: when cancel has returned, all below have ended")
    @Outcome(expect = FORBIDDEN, desc = "R5: cancel returns after everything observable below is done")
    @State
    public static class CancelReturnsDone {

        private final CancellableContext top = Context.background().withCancel();
        private final Context leaf = Race.chain(top, 3);

        @Actor
        public void cancel(Z_Result r) {
            top.cancel();
            r.r1 = leaf.done().isDone();
        }

        @Actor
        public void listen() {
            leaf.afterFunc(() -> {}).stop();
        }
    }
}
