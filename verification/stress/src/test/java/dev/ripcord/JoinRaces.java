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
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.LII_Result;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;

/// Contexts that end with the first of several: those of `anyOf`, and those of another library.
public class JoinRaces {

    private JoinRaces() {}

    @JCStressTest
    @Outcome(id = "(one|other), 1", expect = ACCEPTABLE, desc = "R6: it ends with one of them, and is told once")
    @Outcome(expect = FORBIDDEN, desc = "R6: a join ends once, with kind and cause of one source")
    @State
    public static class CancelBothListened {

        private final CancellableContext first = Context.background().withCancel();
        private final CancellableContext second = Context.background().withCancel();
        private final Context either = Context.anyOf(first, second);
        private final Counter callback = new Counter();
        private final Registration registration = either.withCancel().afterFunc(callback);
        private final Cause one = new Cause("one");
        private final Cause other = new Cause("other");

        @Actor
        public void first() {
            first.cancel(one);
        }

        @Actor
        public void second() {
            second.cancel(other);
        }

        @Arbiter
        public void arbiter(LI_Result r) {
            r.r1 = Race.end(either);
            r.r2 = callback.callsInTheEnd(registration);
        }
    }

    @JCStressTest
    @Outcome(id = "live, (one|other)", expect = ACCEPTABLE, desc = "asked before either end")
    @Outcome(
            id = {"one, one", "other, other"},
            expect = ACCEPTABLE,
            desc = "R6: what was told once stays")
    @Outcome(expect = FORBIDDEN, desc = "R6: a join that was asked does not change its mind")
    @State
    public static class CancelBothAsked {

        private final CancellableContext first = Context.background().withCancel();
        private final CancellableContext second = Context.background().withCancel();
        private final Context either = Context.anyOf(first, second);
        private final Cause one = new Cause("one");
        private final Cause other = new Cause("other");

        @Actor
        public void cancel() {
            second.cancel(other);
            first.cancel(one);
        }

        @Actor
        public void ask(LL_Result r) {
            r.r1 = Race.end(either);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(either);
        }
    }

    @JCStressTest
    @Outcome(id = "gone, 1, 0", expect = ACCEPTABLE, desc = "R1: joined in time and told, or found ended; and left")
    @Outcome(expect = FORBIDDEN, desc = "invariants 2 and 4: no listener is lost, and the live source is left")
    @State
    public static class ListenCancelSource {

        private final CancellableContext first = Context.background().withCancel();
        private final CancellableContext second = Context.background().withCancel();
        private final Context either = Context.anyOf(first, second).withCancel();
        private final Counter callback = new Counter();
        private final Cause gone = new Cause("gone");
        private Registration registration = Race.NONE;

        @Actor
        public void listen() {
            registration = either.afterFunc(callback);
        }

        @Actor
        public void cancel() {
            second.cancel(gone);
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r1 = Race.end(either);
            r.r3 = Insides.listeners(first);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0, 0", expect = ACCEPTABLE, desc = "R1: stopped in time, and both are left")
    @Outcome(id = "false, 1, 0", expect = ACCEPTABLE, desc = "R5: called once, and both are left")
    @Outcome(expect = FORBIDDEN, desc = "R1: who listens no more is in no list")
    @State
    public static class StopCancelSource {

        private final CancellableContext first = Context.background().withCancel();
        private final CancellableContext second = Context.background().withCancel();
        private final Context either = Context.anyOf(first, second);
        private final Counter callback = new Counter();
        private final Registration registration = either.afterFunc(callback);

        @Actor
        public void stop(ZII_Result r) {
            r.r1 = registration.stop();
        }

        @Actor
        public void cancel() {
            first.cancel();
        }

        @Arbiter
        public void arbiter(ZII_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r3 = Insides.listeners(first) + Insides.listeners(second);
        }
    }

    @JCStressTest
    @Outcome(id = "gone, 1, 0", expect = ACCEPTABLE, desc = "R1: subscribed in time and told, or found ended")
    @Outcome(expect = FORBIDDEN, desc = "invariant 4: another library's end reaches who listens, once, and is left")
    @State
    public static class ListenCancelForeign {

        private final Signal signal = new Signal();
        private final Context joined = Context.of(signal).withCancel();
        private final Counter callback = new Counter();
        private final Cause gone = new Cause("gone");
        private Registration registration = Race.NONE;

        @Actor
        public void listenAndAsk() {
            registration = joined.afterFunc(callback);
            joined.err();
        }

        @Actor
        public void cancel() {
            signal.cancel(gone);
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r1 = Race.end(joined);
            r.r3 = signal.subscribers();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "R1: who listens no more has no subscription")
    @Outcome(expect = FORBIDDEN, desc = "R1: a subscription that was released while it was made is taken back")
    @State
    public static class ComeAndGoForeign {

        private final Signal signal = new Signal();
        private final Context joined = Context.of(signal);
        private final Counter callback = new Counter();

        @Actor
        public void one() {
            joined.afterFunc(callback).stop();
        }

        @Actor
        public void other() {
            joined.afterFunc(callback).stop();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r1 = signal.subscribers();
            r.r2 = Insides.listeners(joined);
            signal.cancel(null);
            r.r3 = callback.calls();
        }
    }

    @JCStressTest
    @Outcome(id = "(live|gone), gone", expect = ACCEPTABLE, desc = "R1: a deep question through a join misses no end")
    @Outcome(expect = FORBIDDEN, desc = "invariant 5: complete only if all sources are sure to push")
    @State
    public static class DeepAskCancelSource {

        private final CancellableContext first = Context.background().withCancel();
        private final CancellableContext second = Context.background().withCancel();
        private final Context leaf =
                Race.chain(Context.anyOf(first, Race.chain(second, 2)).withCancel(), 12);
        private final Cause gone = new Cause("gone");

        @Actor
        public void ask(LL_Result r) {
            leaf.err();
            r.r1 = Race.end(leaf);
        }

        @Actor
        public void cancel() {
            second.cancel(gone);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(leaf);
        }
    }
}
