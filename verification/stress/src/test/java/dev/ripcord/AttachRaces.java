package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Cause;
import dev.ripcord.Race.Counter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.LZ_Result;

/// Scopes attach and leave, because listeners come and go or because of deep questions, while something above ends.
public class AttachRaces {

    private AttachRaces() {}

    @JCStressTest
    @Outcome(id = "gone, 1", expect = ACCEPTABLE, desc = "R1: attached in time and told, or found ended and fired")
    @Outcome(expect = FORBIDDEN, desc = "invariants 2 and 4: no listener is lost between attaching and the end")
    @State
    public static class AttachCancelAbove {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext leaf = Race.chain(top, 3);
        private final Counter callback = new Counter();
        private final Cause gone = new Cause("gone");
        private Registration registration = Race.NONE;

        @Actor
        public void attach() {
            registration = leaf.afterFunc(callback);
        }

        @Actor
        public void cancel() {
            top.cancel(gone);
        }

        @Arbiter
        public void arbiter(LI_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r1 = Race.end(leaf);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "R1: both first listeners are told")
    @Outcome(expect = FORBIDDEN, desc = "invariant 2: a node with listeners is attached, whoever came first")
    @State
    public static class AttachAttach {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext shared = Race.chain(top, 2);
        private final CancellableContext left = shared.withCancel();
        private final CancellableContext right = shared.withCancel();
        private final Counter one = new Counter();
        private final Counter other = new Counter();
        private Registration first = Race.NONE;
        private Registration second = Race.NONE;

        @Actor
        public void left() {
            first = left.afterFunc(one);
        }

        @Actor
        public void right() {
            second = right.afterFunc(other);
        }

        @Arbiter
        public void arbiter(II_Result r) {
            top.cancel();
            r.r1 = one.callsInTheEnd(first);
            r.r2 = other.callsInTheEnd(second);
        }
    }

    @JCStressTest
    @Outcome(id = "1, false", expect = ACCEPTABLE, desc = "R1: the one that stays is told, then nobody is attached")
    @Outcome(expect = FORBIDDEN, desc = "invariant 2: a leaving last listener does not detach the one that comes")
    @State
    public static class AttachLeave {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext shared = Race.chain(top, 2);
        private final CancellableContext child = shared.withCancel();
        private final Counter callback = new Counter();
        private final Registration leaving = child.afterFunc(() -> {});
        private Registration registration = Race.NONE;

        @Actor
        public void leave() {
            leaving.stop();
        }

        @Actor
        public void attach() {
            registration = shared.afterFunc(callback);
        }

        @Arbiter
        public void arbiter(IZ_Result r) {
            top.cancel();
            r.r1 = callback.callsInTheEnd(registration);
            r.r2 = Insides.isAttached(shared) || Insides.isAttached(child) || Insides.listeners(top) != 0;
        }
    }

    @JCStressTest
    @Outcome(id = "0, false", expect = ACCEPTABLE, desc = "R1: with the last listener the parents forget the scopes")
    @Outcome(expect = FORBIDDEN, desc = "invariant 2: attached while there are listeners, and no longer")
    @State
    public static class LeaveLeave {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext shared = Race.chain(top, 2);
        private final Registration left = shared.withCancel().afterFunc(() -> {});
        private final Registration right = shared.withCancel().afterFunc(() -> {});

        @Actor
        public void left() {
            left.stop();
        }

        @Actor
        public void right() {
            right.stop();
        }

        @Arbiter
        public void arbiter(IZ_Result r) {
            r.r1 = Insides.listeners(top);
            r.r2 = Insides.isAttached(shared) || Insides.isAttached(top);
        }
    }

    @JCStressTest
    @Outcome(id = "0, false", expect = ACCEPTABLE, desc = "R1: what came and went leaves nothing")
    @Outcome(expect = FORBIDDEN, desc = "invariant 2: a link removed before it was inserted is never inserted")
    @State
    public static class ComeAndGo {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext shared = Race.chain(top, 3);

        @Actor
        public void one() {
            shared.afterFunc(() -> {}).stop();
        }

        @Actor
        public void other() {
            shared.afterFunc(() -> {}).stop();
        }

        @Arbiter
        public void arbiter(IZ_Result r) {
            r.r1 = Insides.listeners(top);
            r.r2 = Insides.isAttached(shared) || Insides.isAttached(top);
        }
    }

    @JCStressTest
    @Outcome(id = "(live|gone), gone", expect = ACCEPTABLE, desc = "R1: a deep question attaches and misses no end")
    @Outcome(expect = FORBIDDEN, desc = "invariant 5: a link is complete only if the end above is sure to be pushed")
    @State
    public static class DeepAskCancelAbove {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext leaf = Race.chain(top, 12);
        private final Cause gone = new Cause("gone");

        @Actor
        public void ask(LL_Result r) {
            leaf.err();
            r.r1 = Race.end(leaf);
        }

        @Actor
        public void cancel() {
            top.cancel(gone);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(leaf);
        }
    }

    @JCStressTest
    @Outcome(id = "gone, false", expect = ACCEPTABLE, desc = "R1: whoever attaches first, the end is found")
    @Outcome(expect = FORBIDDEN, desc = "invariants 5 and 6: complete means told, and an end detaches")
    @State
    public static class DeepAskComeAndGo {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext middle = Race.chain(top, 6);
        private final CancellableContext leaf = Race.chain(middle, 6);
        private final Cause gone = new Cause("gone");

        @Actor
        public void ask() {
            leaf.err();
            leaf.err();
        }

        @Actor
        public void comeAndGo() {
            middle.afterFunc(() -> {}).stop();
        }

        @Arbiter
        public void arbiter(LZ_Result r) {
            top.cancel(gone);
            r.r1 = Race.end(leaf);
            r.r2 = Insides.isAttached(leaf);
        }
    }

    @JCStressTest
    @Outcome(id = "gone, 1", expect = ACCEPTABLE, desc = "invariant 6: a weak attachment made strong misses no end")
    @Outcome(expect = FORBIDDEN, desc = "invariant 6: the strong link is there before the weak one goes")
    @State
    public static class WeakToStrongCancelAbove {

        private final CancellableContext top = Context.background().withCancel();
        private final CancellableContext leaf = Race.chain(top, 12);
        private final Counter callback = new Counter();
        private final Cause gone = new Cause("gone");
        private Registration registration = Race.NONE;

        public WeakToStrongCancelAbove() {
            leaf.err();
        }

        @Actor
        public void listen() {
            registration = leaf.afterFunc(callback);
        }

        @Actor
        public void cancel() {
            top.cancel(gone);
        }

        @Arbiter
        public void arbiter(LI_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r1 = Race.end(leaf);
        }
    }
}
