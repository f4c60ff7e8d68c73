package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.ContextException.Kind;
import dev.ripcord.Deadline;
import dev.ripcord.spi.ForeignContext;
import dev.ripcord.spi.TreeObserver.Listener;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An operation whose context is ended at each moment at which it could notice, one after the other.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="checkpoints"}
///
/// A *checkpoint* is a question to the context or to one derived from it, or somebody who begins to listen to it: a
/// callback, a wait. The operation is run with an end at the first checkpoint, then with one at the second, and so on,
/// until it is done before it comes to the one in turn. Where that is a wait, there is another run, whose end comes
/// while the thread is blocked in it. After each run the test says what must hold.
///
/// ## Rules
///
/// - The context is cancelled, with a [CancellationException] as the cause that tells the number of the checkpoint.
/// - An operation that was ended may return, or throw an exception that is or was caused by the context's. Any other,
///   and any if it was not ended, fails the test, with the stack of the checkpoint as suppressed.
/// - After each run nothing may be left behind, as for [LeakDetector].
/// - One call may have several checkpoints. If several threads use the context, their order decides.
/// - A wait is ended before it blocks, and in the other run when its thread is parked, or after 10 seconds if it does
///   not park. If the wait is over before, that run has no end.
/// - What nothing would end in a run without an end blocks the test.
///
/// ## Cost
///
/// With `n` checkpoints, of which `w` are waits, it is run `n + w + 1` times; beyond 10,000 that is an error.
public final class Checkpoints {

    private static final int MOST = 10_000;

    @SuppressWarnings("ContextInField") // what the runs are derived from, all of them while check() runs
    private final Context parent;

    private final Operation operation;
    private final Operation before;

    /// What is to be ended.
    @FunctionalInterface
    public interface Operation {

        /// Does it.
        ///
        /// @param ctx ends at a checkpoint
        /// @throws Exception that is or was caused by the context's, or else fails the test
        void run(Context ctx) throws Exception;
    }

    /// What must hold after each run.
    @FunctionalInterface
    public interface Invariant {

        /// Asserts it.
        ///
        /// @param run what happened
        /// @throws Exception if it does not hold, as an [AssertionError] does
        void check(Run run) throws Exception;
    }

    /// One run.
    ///
    /// @param number of its checkpoint, from 1
    /// @param blocked whether the end was to come while the thread is blocked in the wait that the checkpoint is
    /// @param ended whether it came
    /// @param failure what the operation threw, if it did
    public record Run(int number, boolean blocked, boolean ended, Optional<Throwable> failure) {}

    private Checkpoints(Context parent, Operation operation, Operation before) {
        this.parent = parent;
        this.operation = operation;
        this.before = before;
    }

    /// Names the operation.
    ///
    /// @param operation runs again and again, on the thread of [#check]
    /// @return what to go on with
    public static Checkpoints of(Operation operation) {
        return new Checkpoints(Context.background(), requireNonNull(operation, "operation"), ctx -> {});
    }

    /// Says what its contexts are derived from, such as [ManualClock#root()].
    ///
    /// @param parent the context above
    /// @return what to go on with
    public Checkpoints under(Context parent) {
        return new Checkpoints(requireNonNull(parent, "parent"), operation, before);
    }

    /// Says what to do before each run, to begin anew.
    ///
    /// @param action is given a context that does not end by itself, and none of its questions count
    /// @return what to go on with
    public Checkpoints before(Operation action) {
        return new Checkpoints(parent, operation, requireNonNull(action, "action"));
    }

    /// Runs it, with an end at each checkpoint in turn, in each wait, and once without.
    ///
    /// @param invariant is asserted after each run
    /// @return how many checkpoints there are
    /// @throws AssertionError if the invariant does not hold, something is left behind, or the operation fails
    ///     otherwise
    public int check(Invariant invariant) {
        requireNonNull(invariant, "invariant");
        for (int number = 1; number <= MOST; number++) {
            Source source = new Source(number, false);
            if (!run(source, invariant).ended) {
                return number - 1;
            }
            if (source.isWait) {
                run(new Source(number, true), invariant);
            }
        }
        throw new AssertionError("more than " + MOST + " checkpoints; try a smaller operation");
    }

    private Run run(Source source, Invariant invariant) {
        String what = (source.blocked ? "in the wait at checkpoint " : "at checkpoint ") + source.number;
        try {
            before.run(parent);
            Ledger ledger = LeakObserver.open(LeakObserver.current(), source::listens);
            Run run;
            try {
                run = run(source);
            } finally {
                LeakObserver.close(ledger);
            }
            LeakDetector.check(ledger, "left behind after an end " + what);
            invariant.check(run);
            return run;
        } catch (Throwable e) {
            AssertionError error = new AssertionError("with an end " + what + ": " + e.getMessage(), e);
            Throwable trace = source.trace;
            if (trace != null) {
                error.addSuppressed(trace);
            }
            throw error;
        } finally {
            source.finish();
        }
    }

    private Run run(Source source) {
        Context ctx = Context.anyOf(parent, Context.of(source));
        Throwable failure = null;
        try {
            operation.run(ctx);
        } catch (Throwable e) {
            failure = e;
        }
        source.stopCounting();
        boolean ended = source.trace != null;
        if (failure != null && !(ended && tellsOfTheEnd(failure, new HashSet<>()))) {
            throw new AssertionError("the operation failed otherwise: " + failure, failure);
        }
        return new Run(source.number, source.blocked, ended, Optional.ofNullable(failure));
    }

    private static boolean tellsOfTheEnd(@Nullable Throwable e, Set<Throwable> seen) {
        return e != null && seen.add(e) && (e instanceof ContextException || tellsOfTheEnd(e.getCause(), seen));
    }

    /// What ends the context.
    private static final class Source implements ForeignContext {

        private final int number;
        private final boolean blocked;
        private final AtomicInteger passed = new AtomicInteger();
        private final CopyOnWriteArrayList<Runnable> subscribers = new CopyOnWriteArrayList<>();

        private volatile Optional<End> end = Optional.empty();

        /// The stack of the checkpoint, once it has been reached.
        private volatile @Nullable Throwable trace;

        /// Whether the checkpoint has turned out to be a wait.
        private volatile boolean isWait;

        private volatile boolean counts = true;

        /// What ends a wait that is blocked.
        private volatile @Nullable Thread ender;

        Source(int number, boolean blocked) {
            this.number = number;
            this.blocked = blocked;
        }

        /// Comes to a question.
        private void ask() {
            if (isReached()) {
                endHere();
            }
        }

        /// Comes to somebody who is about to listen.
        void listens(Listener listener) {
            if (isReached()) {
                Optional<Thread> waiting = listener.thread();
                isWait = waiting.isPresent();
                if (isWait && blocked) {
                    ender = Thread.ofPlatform()
                            .daemon()
                            .name("ripcord-checkpoint")
                            .start(() -> endBlocked(listener, waiting.orElseThrow()));
                } else {
                    endHere();
                }
            }
        }

        private boolean isReached() {
            return counts && passed.incrementAndGet() == number;
        }

        private void endHere() {
            trace = new Trace("checkpoint " + number + " was here");
            finish();
        }

        private void endBlocked(Listener listener, Thread thread) {
            RealTime.holds(() -> isOver(listener) || Threads.isParked(thread));
            if (!isOver(listener)) {
                trace = new Trace("checkpoint " + number + " was blocked here", thread);
                finish();
            }
        }

        private boolean isOver(Listener listener) {
            return !counts || !listener.isListening();
        }

        /// From now on there is no end any more.
        void stopCounting() {
            counts = false;
            Thread thread = ender;
            if (thread != null) {
                RealTime.holds(() -> !thread.isAlive());
            }
        }

        void finish() {
            if (end.isEmpty()) {
                end = Optional.of(new End(Kind.CANCELLED, new CancellationException("ended at checkpoint " + number)));
                subscribers.forEach(Runnable::run);
            }
        }

        @Override
        public Optional<End> end() {
            ask();
            return end;
        }

        @Override
        public boolean isAskedAlways() {
            return true;
        }

        @Override
        public Optional<Deadline> deadline() {
            return Optional.empty();
        }

        @Override
        public Runnable subscribe(Runnable onEnd) {
            subscribers.add(onEnd);
            if (end.isPresent()) {
                onEnd.run();
            }
            return () -> subscribers.remove(onEnd);
        }

        @Override
        public String toString() {
            return "checkpoint " + number;
        }
    }
}
