package dev.ripcord;

import dev.ripcord.Context.CallableOp;
import dev.ripcord.spi.DaemonThreads;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The interrupt that ends one blocking operation of one thread when a context ends, and its fence.
///
/// ```text
///   ARMED ──fire──▶ FIRING ──▶ FIRED      the thread has been interrupted
///     └────lower──▶ LOWERED               and never will be: a later fire does nothing
/// ```
///
/// There are two kinds. A *wait* is for a method of the JDK that only parks: the thread that ends the context
/// interrupts it directly, which is a few instructions. A *block* is for code that is not ours: there an interrupt may
/// close a channel, which is user code, so a thread of our own sends it (R5).
///
/// ## Invariants
///
/// 1. The interrupt is sent in FIRING, and the operation is not left in ARMED or FIRING. So none is sent after it (R9).
/// 2. Whoever leaves in FIRED clears the thread's flag. So none that was sent by this is left, but for 3 and 4, which
///    set the flag again.
/// 3. An interrupt by somebody else is pending afterwards if the context's exception is thrown and the interrupt surely
///    was another one: it was pending at the start; the operation threw an [InterruptedException] without FIRED; or, in
///    a wait, it was pending when this fired, or has set the flag once more. Any other one merges with this one, as
///    interrupts do.
/// 4. Fences nest. Whoever clears the flag sets it again if an enclosing block has begun to fire, since it may have
///    cleared that interrupt. The flag is cleared first and the phases are read then: a block that is still ARMED will
///    interrupt after that. That block in turn clears the flag when it is left.
final class Interruption extends Link implements Runnable {

    private static final int ARMED = 0;
    private static final int FIRING = 1;
    private static final int FIRED = 2;
    private static final int LOWERED = 3;

    private static final int SPINS = 64;

    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(Interruption.class, "phase", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// The innermost block that this thread is in.
    private static final ThreadLocal<@Nullable Interruption> INNERMOST = new ThreadLocal<>();

    // Fixed.
    private final ScopeNode scope;
    private final boolean block;
    private final Thread thread = Thread.currentThread();
    private final @Nullable Interruption enclosing = INNERMOST.get();

    // Moves as drawn, by CAS.
    private volatile int phase = ARMED;

    // Somebody else's interrupt, see invariant 3. Written by the thread, in FIRING by the one that fires.
    private boolean pending = thread.isInterrupted();

    private Interruption(ScopeNode scope, boolean block) {
        this.scope = scope;
        this.block = block;
    }

    /// Does `operation`, whose thread is interrupted when `ctx` ends.
    ///
    /// @param block whether it may run anything but a wait of the JDK's own
    static <V extends @Nullable Object, X extends Throwable> V during(
            Node ctx, boolean block, CallableOp<? extends V, X> operation) throws X {
        ScopeNode scope = ctx.scope();
        if (scope == null) {
            return operation.call();
        }
        Interruption fence = new Interruption(scope, block);
        if (!block) {
            return fence.call(ctx, operation);
        }
        INNERMOST.set(fence);
        try {
            return fence.call(ctx, operation);
        } finally {
            if (fence.enclosing == null) {
                INNERMOST.remove();
            } else {
                INNERMOST.set(fence.enclosing);
            }
        }
    }

    private <V extends @Nullable Object, X extends Throwable> V call(Node ctx, CallableOp<? extends V, X> operation)
            throws X {
        scope.add(this);
        try {
            return callFenced(ctx, operation);
        } finally {
            scope.values.time.left(scope, this);
        }
    }

    private <V extends @Nullable Object, X extends Throwable> V callFenced(
            Node ctx, CallableOp<? extends V, X> operation) throws X {
        V result;
        try {
            result = operation.call();
        } catch (Throwable e) {
            boolean interrupted = e instanceof InterruptedException;
            if (lower(interrupted)) {
                if (interrupted || (block && e instanceof Exception)) {
                    throw ended(ctx, e);
                }
            } else if (interrupted && scope.poll() != null) {
                // Not by this, and the context has ended as well: invariant 3.
                thread.interrupt();
                throw ended(ctx, e);
            }
            throw e;
        }
        lower(false);
        return result;
    }

    Thread thread() {
        return thread;
    }

    /// What to throw instead of `thrown`, with which the operation answered the interrupt.
    private ContextException ended(Node ctx, Throwable thrown) {
        End end = scope.poll();
        assert end != null : "it has ended";
        if (thrown instanceof ContextException told && told.end() == end) {
            return told;
        }
        ContextException exception = end.newException(ctx.toString());
        if (block) {
            exception.addSuppressed(thrown);
        }
        return exception;
    }

    /// Sees to it that the thread is interrupted. Called by the thread that ends the node.
    void fire() {
        if (!block) {
            run();
            return;
        }
        try {
            DaemonThreads.executor().execute(this);
        } catch (Throwable e) {
            // There is no thread to be had. Late closing is worse than closing here.
            run();
        }
    }

    /// Interrupts the thread, if it still is in the operation.
    @Override
    public void run() {
        if (PHASE.compareAndSet(this, ARMED, FIRING)) {
            try {
                // Within a block it may also be that of an inner fence.
                if (!block && thread.isInterrupted()) {
                    pending = true;
                }
                thread.interrupt();
            } finally {
                phase = FIRED;
            }
        }
    }

    /// Ends the operation. Called by the thread, once.
    ///
    /// @param thrown whether the operation has answered an interrupt, and so cleared the flag
    /// @return whether this has interrupted the thread
    private boolean lower(boolean thrown) {
        if (scope.remove(this) || PHASE.compareAndSet(this, ARMED, LOWERED)) {
            return false;
        }
        awaitFired();
        boolean another = Thread.interrupted() && thrown && !block;
        if (another || pending || hasEnclosingFired()) {
            thread.interrupt();
        }
        return true;
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield only saves cycles; nothing depends on it
    private void awaitFired() {
        for (int spins = 0; phase != FIRED; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private boolean hasEnclosingFired() {
        for (Interruption outer = enclosing; outer != null; outer = outer.enclosing) {
            if (outer.phase != ARMED) {
                return true;
            }
        }
        return false;
    }
}
