package dev.ripcord;

import dev.ripcord.spi.DaemonThreads;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// A callback that waits in a node's list.
///
/// ```text
///   WAITING ──start──▶ STARTED ──run──▶ RUNNING ──▶ FINISHED
///      └──────stop──▶ STOPPED
/// ```
///
/// ## Invariants
///
/// 1. A callback leaves its list once, by `stop` under the node's lock, or to the thread that ends the node. From the
///    end on it is that thread's, and `stop` says false though it still waits. So a scope and its callbacks are one
///    linearizable object: who has seen the end can stop nothing.
/// 2. Registering does not ask: a deadline that has passed unnoticed arms a timer in the past, which fires at once.
/// 3. When the thread that ends the node returns, each callback it took is STARTED, though its own thread may not yet
///    have been made (R5).
final class Callback extends Link implements Registration, Runnable {

    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int RUNNING = 2;
    private static final int FINISHED = 3;
    private static final int STOPPED = 4;

    /// Callbacks whose threads are started by one thread.
    private static final int BATCH = 256;

    private static final ThreadFactory VIRTUAL_THREADS = Thread.ofVirtual()
            .name("ripcord-callback")
            .inheritInheritableThreadLocals(false)
            .factory();

    private static final VarHandle PHASE;
    private static final VarHandle FINISH;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PHASE = lookup.findVarHandle(Callback.class, "phase", int.class);
            FINISH = lookup.findVarHandle(Callback.class, "finish", CountDownLatch.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable ScopeNode node;
    private final @Nullable Executor executor;
    private final Runnable action;

    // Moves as drawn: to STARTED by the thread that ended the node (invariant 1), to STOPPED under the node's lock, to
    // RUNNING by CAS and to FINISHED by the runner. WAITING by default, because a volatile write is a fence.
    private volatile int phase;

    // Written by the thread that runs the action.
    private volatile @Nullable Thread runner;

    // Made by the first thread that awaits the action.
    private volatile @Nullable CountDownLatch finish;

    private Callback(@Nullable ScopeNode node, @Nullable Executor executor, Runnable action) {
        this.node = node;
        this.executor = executor;
        this.action = action;
    }

    static Registration register(@Nullable ScopeNode node, @Nullable Executor executor, Runnable action) {
        Callback callback = new Callback(node, executor, action);
        if (node != null) {
            node.add(callback);
        }
        return callback;
    }

    /// Collects the callbacks of what one thread ends, and hands them to their threads. That thread never runs an
    /// action nor the code of an executor that is not ours (R5), and is not stopped by a failure to start a thread.
    ///
    /// To start a virtual thread costs much more than to end a node. So the thread that ends the nodes starts one for
    /// every [#BATCH] callbacks, and that one starts the others and is itself the thread of the first.
    static final class Batch {

        private @Nullable Callback first;
        private int size;

        /// Starts `callback`, now or with the next [#flush()].
        void add(Callback callback) {
            PHASE.setRelease(callback, STARTED);
            if (callback.executor == DaemonThreads.executor()) {
                callback.startDaemon();
                return;
            }
            callback.next = first;
            first = callback;
            if (++size == BATCH) {
                flush();
            }
        }

        /// Starts what has been collected.
        void flush() {
            Callback head = first;
            first = null;
            size = 0;
            if (head == null) {
                return;
            }
            if (head.next == null) {
                head.startVirtual();
                return;
            }
            try {
                VIRTUAL_THREADS.newThread(() -> startAll(head)).start();
            } catch (Throwable e) {
                report(e);
                startOthers(head);
                head.startVirtual();
            }
        }

        private static void startAll(Callback head) {
            startOthers(head);
            head.runOrHandOver();
        }

        private static void startOthers(Callback head) {
            Link link = head.next;
            head.next = null;
            while (link instanceof Callback callback) {
                link = callback.next;
                callback.next = null;
                callback.startVirtual();
            }
        }
    }

    private void startVirtual() {
        try {
            VIRTUAL_THREADS
                    .newThread(executor == null ? this : this::runOrHandOver)
                    .start();
        } catch (Throwable e) {
            report(e);
        }
    }

    private void startDaemon() {
        try {
            DaemonThreads.executor().execute(this);
        } catch (Throwable e) {
            report(e);
        }
    }

    private static void report(Throwable e) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }

    private void runOrHandOver() {
        if (executor == null) {
            run();
        } else {
            handTo(executor);
        }
    }

    private void handTo(Executor executor) {
        try {
            executor.execute(this);
        } catch (Throwable e) {
            // Rejected, unless the action has run: then it is the action's own, from an executor that runs in its
            // caller.
            if (phase != STARTED) {
                throw e;
            }
            run();
        }
    }

    @Override
    public void run() {
        if (!PHASE.compareAndSet(this, STARTED, RUNNING)) {
            return;
        }
        runner = Thread.currentThread();
        Node previous = Node.enter(null);
        try {
            action.run();
        } finally {
            Node.exit(previous);
            phase = FINISHED;
            CountDownLatch awaited = finish;
            if (awaited != null) {
                awaited.countDown();
            }
        }
    }

    @Override
    public boolean stop() {
        if (node == null) {
            // What never ends has no list.
            return PHASE.compareAndSet(this, WAITING, STOPPED);
        }
        if (phase != WAITING || !node.remove(this)) {
            return false;
        }
        PHASE.setRelease(this, STOPPED);
        return true;
    }

    @Override
    public boolean stopAndAwait() throws InterruptedException {
        if (stop()) {
            return true;
        }
        if (state() == REMOVED || phase == STOPPED || runner == Thread.currentThread()) {
            return false;
        }
        CountDownLatch latch = new CountDownLatch(1);
        CountDownLatch first = (CountDownLatch) FINISH.compareAndExchange(this, null, latch);
        // Read after the latch is there to be seen: either the runner counts it down or this sees FINISHED.
        if (phase != FINISHED) {
            (first == null ? latch : first).await();
        }
        return false;
    }

    /// Whether it has been started and has not finished; one that waits for the user's executor does not count.
    boolean isUnderWay() {
        int now = phase;
        boolean ours = executor == null || executor == DaemonThreads.executor();
        return now == RUNNING || (now == STARTED && ours);
    }

    /// The thread that runs or has run it, once there is one.
    @Nullable
    Thread runner() {
        return runner;
    }

    /// What it would run, and where it is.
    @Override
    public String toString() {
        String where = switch (phase) {
            case WAITING -> "waiting";
            case STARTED -> "started";
            case RUNNING -> "running";
            case FINISHED -> "finished";
            default -> "stopped";
        };
        return "afterFunc(" + action + ") " + where;
    }
}
