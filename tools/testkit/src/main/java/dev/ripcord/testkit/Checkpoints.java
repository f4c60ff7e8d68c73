package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.ContextException.Kind;
import dev.ripcord.Deadline;
import dev.ripcord.spi.ForeignContext;
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
/// until it is done before it comes to the one in turn. After each run the test says what must hold.
///
/// ## Rules
///
/// - The context is cancelled, with a [CancellationException] as the cause that tells the number of the checkpoint.
/// - An operation that was ended may return, or throw an exception that is or was caused by the context's. Any other,
///   and any if it was not ended, fails the test, with the stack of the checkpoint as suppressed.
/// - After each run nothing may be left behind, as for [LeakDetector].
/// - One call may have several checkpoints. If several threads use the context, their order decides.
/// - A wait is ended before it blocks. What nothing would end in a run without an end blocks the test.
///
/// ## Cost
///
/// With `n` checkpoints it is run `n + 1` times; beyond 10,000 that is an error.
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
    /// @param number of the run, and of its checkpoint, from 1
    /// @param ended whether it came to its checkpoint
    /// @param failure what the operation threw, if it did
    public record Run(int number, boolean ended, Optional<Throwable> failure) {}

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

    /// Runs it, with an end at each checkpoint in turn, and once without.
    ///
    /// @param invariant is asserted after each run
    /// @return how many checkpoints there are
    /// @throws AssertionError if the invariant does not hold, something is left behind, or the operation fails
    ///     otherwise
    public int check(Invariant invariant) {
        requireNonNull(invariant, "invariant");
        for (int number = 1; number <= MOST; number++) {
            if (!run(number, invariant)) {
                return number - 1;
            }
        }
        throw new AssertionError("more than " + MOST + " checkpoints; try a smaller operation");
    }

    private boolean run(int number, Invariant invariant) {
        Source source = new Source(number);
        String what = "at checkpoint " + number;
        try {
            before.run(parent);
            Ledger ledger = LeakObserver.open(LeakObserver.current(), source::pass);
            Run run;
            try {
                run = run(number, source);
            } finally {
                LeakObserver.close(ledger);
            }
            LeakDetector.check(ledger, "left behind after an end " + what);
            invariant.check(run);
            return run.ended;
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

    private Run run(int number, Source source) {
        Context ctx = Context.anyOf(parent, Context.of(source));
        Throwable failure = null;
        try {
            operation.run(ctx);
        } catch (Throwable e) {
            failure = e;
        }
        boolean ended = source.trace != null;
        source.stopCounting();
        if (failure != null && !(ended && tellsOfTheEnd(failure, new HashSet<>()))) {
            throw new AssertionError("the operation failed otherwise: " + failure, failure);
        }
        return new Run(number, ended, Optional.ofNullable(failure));
    }

    private static boolean tellsOfTheEnd(@Nullable Throwable e, Set<Throwable> seen) {
        return e != null && seen.add(e) && (e instanceof ContextException || tellsOfTheEnd(e.getCause(), seen));
    }

    /// What ends the context.
    private static final class Source implements ForeignContext {

        private final int number;
        private final AtomicInteger passed = new AtomicInteger();
        private final CopyOnWriteArrayList<Runnable> subscribers = new CopyOnWriteArrayList<>();

        private volatile Optional<End> end = Optional.empty();

        /// The stack of the checkpoint, once it has been reached.
        private volatile @Nullable Throwable trace;

        private volatile boolean counts = true;

        Source(int number) {
            this.number = number;
        }

        /// Comes to a checkpoint.
        void pass() {
            if (counts && passed.incrementAndGet() == number) {
                trace = new Trace("checkpoint " + number + " was here");
                finish();
            }
        }

        void stopCounting() {
            counts = false;
        }

        void finish() {
            if (end.isEmpty()) {
                end = Optional.of(new End(Kind.CANCELLED, new CancellationException("ended at checkpoint " + number)));
                subscribers.forEach(Runnable::run);
            }
        }

        @Override
        public Optional<End> end() {
            pass();
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
