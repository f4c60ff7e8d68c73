package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ripcord.Race.Cause;
import dev.ripcord.Race.Counter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LII_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZL_Result;

/// A group forks and joins while its parent ends, or while a fork fails.
public class GroupRaces {

    private GroupRaces() {}

    /// What `join` says.
    private static String join(Group group) {
        try {
            group.join();
            return "joined";
        } catch (CompletionException e) {
            return "failed";
        } catch (CancelledException e) {
            return "ended";
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a race", e);
        }
    }

    private static void execute(Group group, Runnable task) {
        try {
            group.execute(ctx -> task.run());
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a race", e);
        }
    }

    @JCStressTest
    @Outcome(id = "joined, 1, 1", expect = ACCEPTABLE, desc = "the fork ran before the end")
    @Outcome(id = "ended, 0, 0", expect = ACCEPTABLE, desc = "the fork had not begun when the parent ended")
    @Outcome(id = "ended, 1, 1", expect = ACCEPTABLE, desc = "the fork ran, and the parent ended before all was joined")
    @Outcome(expect = FORBIDDEN, desc = "join tells whether all ran, and nothing runs after it")
    @State
    public static class ForkJoinCancel {

        private final CancellableContext parent = Context.background().withCancel();
        private final Counter runs = new Counter();

        @Actor
        public void cancel() {
            parent.cancel();
        }

        @Actor
        public void forkAndJoin(LII_Result r) {
            try (Group group = Group.of(parent)) {
                execute(group, runs);
                r.r1 = join(group);
                r.r2 = runs.calls();
            }
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            r.r3 = runs.calls();
        }
    }

    @JCStressTest
    @Outcome(id = "done, 0", expect = ACCEPTABLE, desc = "the future is done, and the parent has nothing of the group")
    @Outcome(expect = FORBIDDEN, desc = "close waits for every fork, and leaves the parent")
    @State
    public static class ForkClose {

        private final CancellableContext parent = Context.background().withCancel();
        private final Group group = Group.of(parent);
        private final Counter runs = new Counter();

        @Actor
        public void close() {
            group.close();
        }

        @Actor
        public void fork(LL_Result r) {
            try {
                Future<Integer> future = group.fork(ctx -> runs.calls());
                group.close();
                r.r1 = future.isDone() ? "done" : "still running";
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts a race", e);
            } catch (IllegalStateException e) {
                // It was closed already.
                r.r1 = runs.calls() == 0 ? "done" : "run by a closed group";
            }
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = Insides.listeners(parent);
        }
    }

    @JCStressTest
    @Outcome(id = "failed, one", expect = ACCEPTABLE, desc = "R6: the first failure ended the group")
    @Outcome(id = "failed, other", expect = ACCEPTABLE, desc = "R6: the second failure was first")
    @Outcome(expect = FORBIDDEN, desc = "R6: one failure is the cause, and join tells it")
    @State
    public static class FailFail {

        private final Group group = Group.of(Context.background());
        private final Cause one = new Cause("one");
        private final Cause other = new Cause("other");

        private void fail(Cause cause) {
            try {
                group.execute(ctx -> {
                    throw cause;
                });
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts a race", e);
            }
        }

        @Actor
        public void one() {
            fail(one);
        }

        @Actor
        public void other() {
            fail(other);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r1 = join(group);
            r.r2 = Race.end(group.context());
            group.close();
        }
    }

    @JCStressTest
    @Outcome(id = "joined, 2, 1", expect = ACCEPTABLE, desc = "both ran, one after the other")
    @Outcome(expect = FORBIDDEN, desc = "invariants 1, 3: no more run than may, and a slot that gets free is taken")
    @State
    public static class SlotSlot {

        private final Group group = Group.of(Context.background(), 1);
        private final Counter runs = new Counter();
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        private void run() {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            runs.run();
            running.decrementAndGet();
        }

        @Actor
        public void one() {
            execute(group, this::run);
        }

        @Actor
        public void other() {
            execute(group, this::run);
        }

        @Arbiter
        public void arbiter(LII_Result r) {
            r.r1 = join(group);
            r.r2 = runs.calls();
            r.r3 = most.get();
            group.close();
        }
    }

    @JCStressTest
    @Outcome(id = "false, failed", expect = ACCEPTABLE, desc = "the fork failed, so its future could not be cancelled")
    @Outcome(id = "true, joined", expect = ACCEPTABLE, desc = "the future was cancelled, so nothing failed")
    @Outcome(
            expect = FORBIDDEN,
            desc = "invariant 5: what is recorded as failed is not cancelled, and the other way round")
    @State
    public static class FailCancelFuture {

        private final Group group = Group.of(Context.background());
        private final Cause gone = new Cause("gone");
        private volatile @Nullable Future<?> future;

        @Actor
        public void fork() {
            try {
                future = group.fork(ctx -> {
                    throw gone;
                });
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts a race", e);
            }
        }

        @Actor
        public void cancel(ZL_Result r) {
            Future<?> forked = future;
            while (forked == null) {
                Thread.onSpinWait();
                forked = future;
            }
            r.r1 = forked.cancel(false);
        }

        @Arbiter
        public void arbiter(ZL_Result r) {
            r.r2 = join(group);
            group.close();
        }
    }
}
