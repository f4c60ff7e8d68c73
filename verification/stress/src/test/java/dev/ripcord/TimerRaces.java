package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Counter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LII_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;

/// A deadline passes while its scope is closed, asked or listened to. Time is a manual clock: `advance` is what the
/// timer thread does, `pass` is time that it has not noticed yet.
public class TimerRaces {

    private static final Duration TIMEOUT = Duration.ofMillis(1);

    private TimerRaces() {}

    @JCStressTest
    @Outcome(id = "cancelled, 1, 0", expect = ACCEPTABLE, desc = "R6: closed before the deadline")
    @Outcome(id = "late, 1, 0", expect = ACCEPTABLE, desc = "R6: the deadline passed first")
    @Outcome(expect = FORBIDDEN, desc = "R6: one end, one call, and no timer stays armed")
    @State
    public static class CloseTimer {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private final Registration registration = scope.afterFunc(callback);

        @Actor
        public void close() {
            scope.close();
        }

        @Actor
        public void timer() {
            clock.advance(TIMEOUT);
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            r.r1 = Race.end(scope);
            r.r2 = callback.callsInTheEnd(registration);
            r.r3 = clock.armed();
        }
    }

    @JCStressTest
    @Outcome(id = "late, late", expect = ACCEPTABLE, desc = "R2: the clock decides, whoever comes first")
    @Outcome(expect = FORBIDDEN, desc = "R2: close after the deadline leaves it exceeded")
    @State
    public static class CloseAskAtTheTick {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final CancellableContext child = scope.withCancel();

        public CloseAskAtTheTick() {
            clock.pass(TIMEOUT);
        }

        @Actor
        public void close() {
            scope.close();
        }

        @Actor
        public void ask(LL_Result r) {
            r.r1 = Race.end(child);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Race.end(scope);
        }
    }

    @JCStressTest
    @Outcome(id = "live, live, late", expect = ACCEPTABLE, desc = "R2: asked before the deadline")
    @Outcome(id = "live, late, late", expect = ACCEPTABLE, desc = "R2: asked before and after it")
    @Outcome(id = "late, late, late", expect = ACCEPTABLE, desc = "R2: asked after it")
    @Outcome(expect = FORBIDDEN, desc = "R2: once late, late for everybody below")
    @State
    public static class PassAsk {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final CancellableContext child = scope.withCancel();

        @Actor
        public void pass() {
            clock.pass(TIMEOUT);
        }

        @Actor
        public void ask(LLL_Result r) {
            r.r1 = Race.end(scope);
            r.r2 = Race.end(child);
        }

        @Arbiter
        public void arbiter(LLL_Result r) {
            r.r3 = Race.end(scope);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0, 0", expect = ACCEPTABLE, desc = "R1: stopped in time, and the timer is out")
    @Outcome(id = "false, 1, 0", expect = ACCEPTABLE, desc = "R2: called, and the timer is out")
    @Outcome(expect = FORBIDDEN, desc = "R1: a timer is armed while somebody listens, and no longer")
    @State
    public static class ListenStopTimer {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void listenAndStop(ZII_Result r) {
            registration = scope.afterFunc(callback);
            r.r1 = registration.stop();
        }

        @Actor
        public void timer() {
            clock.advance(TIMEOUT);
        }

        @Arbiter
        public void arbiter(ZII_Result r) {
            r.r2 = callback.callsInTheEnd(registration);
            r.r3 = clock.armed();
        }
    }

    @JCStressTest
    @Outcome(id = "late, 1, 0", expect = ACCEPTABLE, desc = "R2: the timer is armed in time, or the clock is asked")
    @Outcome(expect = FORBIDDEN, desc = "R2: a listener that comes at the deadline is told")
    @State
    public static class ListenTimer {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void listen() {
            registration = scope.withCancel().afterFunc(callback);
        }

        @Actor
        public void timer() {
            clock.advance(TIMEOUT);
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            // A timer that was armed after the tick is due at the next look, which the timer thread takes at once.
            clock.advance(Duration.ZERO);
            r.r2 = callback.callsInTheEnd(registration);
            r.r1 = Race.end(scope);
            r.r3 = clock.armed();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the third timer stays, and fires")
    @Outcome(expect = FORBIDDEN, desc = "wheel, invariants 1 and 3: neighbours in a bucket leave it whole")
    @State
    public static class DisarmDisarm {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext one = clock.root().withTimeout(TIMEOUT);
        private final CancellableContext third = clock.root().withTimeout(TIMEOUT);
        private final CancellableContext other = clock.root().withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private final Registration registration;

        public DisarmDisarm() {
            one.afterFunc(() -> {});
            registration = third.afterFunc(callback);
            other.afterFunc(() -> {});
        }

        @Actor
        public void one() {
            one.close();
        }

        @Actor
        public void other() {
            other.close();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            int armed = clock.armed();
            clock.advance(TIMEOUT);
            r.r1 = armed == 1 ? callback.callsInTheEnd(registration) : -armed;
            r.r2 = clock.armed();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "R2: whoever asked besides, the timer is armed, and fires")
    @Outcome(
            expect = FORBIDDEN,
            desc = "invariant 6: the weak attachment of a question arms nothing, so it is replaced")
    @State
    public static class DeepAskListen {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext leaf =
                Race.chain(clock.root().withCancel(), 12).withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void ask() {
            leaf.err();
        }

        @Actor
        public void listen() {
            registration = leaf.afterFunc(callback);
        }

        @Arbiter
        public void arbiter(II_Result r) {
            clock.advance(TIMEOUT);
            r.r1 = callback.callsInTheEnd(registration);
            r.r2 = clock.armed();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "R2: no timer stays armed, whoever came first")
    @Outcome(expect = FORBIDDEN, desc = "wheel: to engage a timer that has been released is a no-op")
    @State
    public static class ListenClose {

        private final ManualClock clock = new ManualClock();
        private final CancellableContext scope = clock.root().withTimeout(TIMEOUT);
        private final Counter callback = new Counter();
        private Registration registration = Race.NONE;

        @Actor
        public void listen() {
            registration = scope.afterFunc(callback);
        }

        @Actor
        public void close() {
            scope.close();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r1 = callback.callsInTheEnd(registration);
            r.r2 = clock.armed();
        }
    }
}
