package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A group and its forks.
///
/// ```text
///   group    open ────── the context ends ──────▶ ended ──── close, nothing runs ────▶ closed
///             │ fork: starts, or waits for a slot   │ fork: the future fails             │ fork: throws
///
///                      ┌── a slot ──▶ running ──── returns or throws ────▶ left
///   fork     admit ────┤                                                    join, close: wait for all that run
///                      └── none ────▶ run by the forker: its slot is there, or the context has ended
/// ```
///
/// ## Invariants
///
/// 1. `running` holds the threads of the forks that have been admitted and have not left; there are never more than
///    `limit`. A thread is put in before it is started, and leaves after its operation and whatever that reports.
/// 2. Once `closed` is set `running` is empty and stays so: the context has ended before, and admission looks at
///    `closed` under the lock. An admission that overtook the end is waited for.
/// 3. Whoever waits for a slot is woken by each slot that gets free and by the end, which sets `ended` under the
///    lock. It takes a slot in the same step in which it leaves the wait, so an interrupt or an end takes no slot
///    with it.
/// 4. What ended the context is one fact (R6): a failure is `failure` if its own `cancel` ended the context. Only an
///    [Error] takes precedence over that.
/// 5. The state of a future changes before its failure is recorded. So what is recorded as failed is no longer
///    cancelled, and the other way round.
/// 6. The lock is not held while user code runs (R4): not an operation, a `toString`, nor a foreign context that is
///    polled.
final class ForkGroup implements Group {

    private static final AtomicInteger COUNT = new AtomicInteger();

    // Fixed.
    private final CancelNode scope;
    private final Node context;
    private final int limit;
    private final ThreadFactory threads;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition slotFree = lock.newCondition();
    private final Condition idle = lock.newCondition();

    // Guarded by lock.
    private final Set<Thread> running = new HashSet<>();
    private final List<Throwable> later = new ArrayList<>();
    private @Nullable Throwable failure;
    private boolean incomplete;
    private boolean told;
    private boolean ended;
    private boolean closed;

    ForkGroup(Context parent, int limit) {
        requireNonNull(parent, "parent");
        if (limit < 1) {
            throw new IllegalArgumentException("limit < 1: " + limit);
        }
        this.scope = (CancelNode) parent.withCancel();
        this.context = scope.handedOut();
        this.limit = limit;
        this.threads = Thread.ofVirtual()
                .name("ripcord-group-" + COUNT.incrementAndGet() + "-", 1)
                .factory();
    }

    @Override
    public Context context() {
        return context;
    }

    // ------------------------------------------------------------------------------------------- forking

    @Override
    public <V extends @Nullable Object> Future<V> fork(Context.Operation<? extends V> operation)
            throws InterruptedException {
        Fork<V> fork = newFork(requireNonNull(operation, "operation"));
        begin(fork);
        return fork;
    }

    @Override
    public void execute(Task task) throws InterruptedException {
        requireNonNull(task, "task");
        begin(this.<@Nullable Void>newFork(ctx -> {
            task.run(ctx);
            return null;
        }));
    }

    private void begin(Fork<?> fork) throws InterruptedException {
        Thread thread = threads.newThread(() -> runAndLeave(fork));
        if (admit(thread)) {
            start(thread);
        } else {
            // Finds that the context has ended, if that is why.
            fork.run();
        }
    }

    private <V extends @Nullable Object> Fork<V> newFork(Context.Operation<? extends V> operation) {
        CancelNode own = (CancelNode) scope.withCancel();
        Node ctx = own.handedOut();
        return new Fork<>(own, () -> {
            ctx.throwIfDone();
            return ctx.<V, Exception>call(() -> operation.call(ctx));
        });
    }

    /// Takes a slot for `thread`, and waits for it if need be.
    ///
    /// @return false if there is none to come: the context has ended, or this thread is a fork itself
    private boolean admit(Thread thread) throws InterruptedException {
        boolean over = scope.poll() != null;
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("group is closed; fork inside its try block");
            }
            if (over || takeSlot(thread)) {
                return !over;
            }
            if (running.contains(Thread.currentThread())) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        Registration wake = scope.afterFunc(this::endWaits);
        try {
            return awaitSlot(thread);
        } finally {
            wake.stop();
        }
    }

    private boolean awaitSlot(Thread thread) throws InterruptedException {
        lock.lock();
        try {
            while (!ended) {
                if (takeSlot(thread)) {
                    return true;
                }
                slotFree.await();
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    // With lock held.
    private boolean takeSlot(Thread thread) {
        return running.size() < limit && running.add(thread);
    }

    private void endWaits() {
        lock.lock();
        try {
            ended = true;
            slotFree.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void start(Thread thread) {
        try {
            scope.values.time.forked(scope, thread);
            thread.start();
        } catch (Throwable e) {
            leave(thread);
            throw e;
        }
    }

    private void runAndLeave(Fork<?> fork) {
        try {
            fork.run();
        } finally {
            leave(Thread.currentThread());
        }
    }

    private void leave(Thread thread) {
        lock.lock();
        try {
            running.remove(thread);
            slotFree.signal();
            if (running.isEmpty()) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------- failing

    /// Ends the context because of `e`, or notes that it had ended (invariant 4).
    private void fail(Throwable e) {
        boolean first = scope.cancel(e);
        boolean echo = !first && tellsOfTheEnd(e);
        lock.lock();
        try {
            incomplete = true;
            boolean graver = e instanceof Error && !(failure instanceof Error);
            if (graver || (first && failure == null)) {
                failure = e;
            } else if (!echo) {
                later.add(e);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether `e` is, or was caused by, the end of this group's context.
    private boolean tellsOfTheEnd(Throwable e) {
        End end = scope.poll();
        Throwable cause = e;
        // A chain of causes may be a circle.
        for (int depth = 0; cause != null && depth < 64; depth++) {
            if (cause instanceof ContextException exception && exception.end() == end) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    // ------------------------------------------------------------------------------------------- joining

    @Override
    public void join() throws InterruptedException {
        lock.lockInterruptibly();
        Verdict verdict;
        try {
            requireNoFork("join");
            while (!running.isEmpty()) {
                idle.await();
            }
            verdict = verdict();
        } finally {
            lock.unlock();
        }
        verdict.throwIfFailed();
        if (verdict.incomplete) {
            verdict.throwEnd(scope);
        }
    }

    @Override
    public void close() {
        boolean untold;
        Verdict verdict;
        lock.lock();
        try {
            requireNoFork("close");
        } finally {
            lock.unlock();
        }
        scope.close();
        endWaits();
        lock.lock();
        try {
            while (!running.isEmpty()) {
                idle.awaitUninterruptibly();
            }
            closed = true;
            untold = !told;
            verdict = verdict();
        } finally {
            lock.unlock();
        }
        if (untold) {
            verdict.throwIfFailed();
        }
    }

    // With lock held.
    private void requireNoFork(String method) {
        if (running.contains(Thread.currentThread())) {
            throw new IllegalStateException(
                    "%s() in a fork waits for that fork itself; %s where the group was made".formatted(method, method));
        }
    }

    // With lock held.
    private Verdict verdict() {
        told |= failure != null;
        return new Verdict(failure, List.copyOf(later), incomplete);
    }

    @Override
    public String toString() {
        int count;
        lock.lock();
        try {
            count = running.size();
        } finally {
            lock.unlock();
        }
        String most = limit == Integer.MAX_VALUE ? "" : " of at most " + limit;
        return "group(" + count + most + " running) at " + context;
    }

    /// What is to be thrown, as it was when nothing ran.
    private record Verdict(@Nullable Throwable failure, List<Throwable> later, boolean incomplete) {

        void throwIfFailed() {
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure != null) {
                throw with(new CompletionException("a fork failed: " + failure, failure));
            }
        }

        void throwEnd(Context ended) {
            try {
                ended.throwIfDone();
            } catch (ContextException e) {
                throw with(e);
            }
        }

        private <E extends RuntimeException> E with(E exception) {
            later.forEach(exception::addSuppressed);
            return exception;
        }
    }

    /// The future of one operation, and what runs it.
    private final class Fork<V extends @Nullable Object> extends FutureTask<V> {

        private final CancelNode own;

        Fork(CancelNode own, Callable<V> operation) {
            super(operation);
            this.own = own;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(false);
            if (cancelled) {
                own.cancel(new CancellationException("the future of this fork was cancelled"));
            }
            return cancelled;
        }

        // Called by run, even if the future has been cancelled.
        @Override
        protected void setException(Throwable e) {
            super.setException(e);
            if (!isCancelled() || e instanceof Error) {
                fail(e);
            }
        }
    }
}
