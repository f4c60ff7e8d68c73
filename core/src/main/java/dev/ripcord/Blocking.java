package dev.ripcord;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.ripcord.Context.CallableOp;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/// The waits of the JDK, each of which also ends when a context ends: Go's `select` with `<-ctx.Done()` beside one
/// other case.
///
/// {@snippet class="dev.ripcord.BlockingExampleTest" region="worker"}
///
/// ## Rules
///
/// - Each method asks the context first: if it has ended, the method throws, even if there is nothing to wait for, and
///   has done nothing.
/// - If the context ends during the wait, the method throws at once. What it throws is what [Context#throwIfDone()]
///   throws.
/// - A wait that succeeds just when the context ends returns normally, so nothing is lost; the next question to
///   the context tells. Only [#lock] and [#acquire] give back what they got, and throw.
/// - If somebody else interrupts the thread, the method throws [InterruptedException], as the method of the JDK does.
///   If the context ends before the method is left, it throws the context's exception, and that interrupt is pending
///   afterwards, unless it came while the fenced one was pending: then the two are one.
/// - A lock, condition or queue that is not the JDK's own is waited for in an [#interruptible] block.
///
/// ## Interrupts
///
/// All but [#sleep] and [#await(Context, CompletionStage)] end a wait by interrupting its thread. That interrupt
/// is fenced: it is sent only while the method waits, and has been taken back when the method returns or throws, so
/// none is left for the code after it. Do not pass a lock or a queue that waits inside JDBC or on a socket: an
/// interrupt would reach the driver.
///
/// ## Threads and memory
///
/// All this holds for platform and virtual threads alike. After a method nothing is registered with the context, nor
/// with what was waited for.
///
/// ## Cost
///
/// A method that need not wait registers nothing with the context and allocates nothing.
@SuppressWarnings("ContextDroppedCall") // these are the calls that it asks for
public final class Blocking {

    private Blocking() {}

    /// What is interrupted.
    private interface Wait {
        void await() throws InterruptedException;
    }

    /// Sleeps for `duration`, on the context's clock.
    ///
    /// @param ctx ends the sleep
    /// @param duration zero or less does not sleep
    /// @throws ContextException if `ctx` has ended or ends first
    /// @throws InterruptedException if the thread is interrupted before or while it sleeps
    public static void sleep(Context ctx, Duration duration) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(duration, "duration");
        node.throwIfDone();
        if (node.done().await(duration)) {
            node.throwIfDone();
        }
    }

    /// Takes an element from `queue`, and waits for one. An element that was taken is returned, never lost.
    ///
    /// @param <T> the type of the elements
    /// @param ctx ends the wait
    /// @param queue what to take from
    /// @return the head of the queue
    /// @throws ContextException if `ctx` has ended or ends first; then nothing was taken
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public static <T> T take(Context ctx, BlockingQueue<T> queue) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(queue, "queue");
        node.throwIfDone();
        T head = queue.poll(0, NANOSECONDS);
        return head != null ? head : Interruption.<T, InterruptedException>during(node, isForeign(queue), queue::take);
    }

    /// Puts an element into `queue`, and waits for room.
    ///
    /// @param <T> the type of the elements
    /// @param ctx ends the wait
    /// @param queue what to put into
    /// @param element what to put
    /// @throws ContextException if `ctx` has ended or ends first; then the element was not put
    /// @throws InterruptedException if the thread is interrupted before or while it waits; then neither
    public static <T> void put(Context ctx, BlockingQueue<? super T> queue, T element) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(queue, "queue");
        requireNonNull(element, "element");
        node.throwIfDone();
        if (!queue.offer(element, 0, NANOSECONDS)) {
            await(node, queue, () -> queue.put(element));
        }
    }

    /// Acquires `lock`, to be unlocked by the caller. It is given back if the context has ended when it is got.
    ///
    /// @param ctx ends the wait
    /// @param lock what to hold
    /// @throws ContextException if `ctx` has ended or ends first; then the lock is not held
    /// @throws InterruptedException if the thread is interrupted before or while it waits; then neither
    public static void lock(Context ctx, Lock lock) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(lock, "lock");
        node.throwIfDone();
        if (!lock.tryLock(0, NANOSECONDS)) {
            await(node, lock, lock::lockInterruptibly);
            if (node.done().isDone()) {
                lock.unlock();
                node.throwIfDone();
            }
        }
    }

    /// Acquires one permit of `semaphore`, to be released by the caller. It is given back if the context has ended when
    /// it is got.
    ///
    /// @param ctx ends the wait
    /// @param semaphore what has the permits
    /// @throws ContextException if `ctx` has ended or ends first; then no permit is held
    /// @throws InterruptedException if the thread is interrupted before or while it waits; then neither
    public static void acquire(Context ctx, Semaphore semaphore) throws InterruptedException {
        acquire(ctx, semaphore, 1);
    }

    /// Acquires permits of `semaphore`, to be released by the caller. They are given back if the context has ended when
    /// they are got.
    ///
    /// @param ctx ends the wait
    /// @param semaphore what has the permits
    /// @param permits how many, zero or more; if there never are so many, it waits until the context ends
    /// @throws ContextException if `ctx` has ended or ends first; then no permit is held
    /// @throws InterruptedException if the thread is interrupted before or while it waits; then neither
    public static void acquire(Context ctx, Semaphore semaphore, int permits) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(semaphore, "semaphore");
        if (permits < 0) {
            throw new IllegalArgumentException("permits < 0: " + permits);
        }
        node.throwIfDone();
        if (!semaphore.tryAcquire(permits, 0, NANOSECONDS)) {
            await(node, semaphore, () -> semaphore.acquire(permits));
            if (node.done().isDone()) {
                semaphore.release(permits);
                node.throwIfDone();
            }
        }
    }

    /// Waits for a signal of `condition`, whose lock the caller holds. The lock is held when this returns, and when it
    /// throws: so the end of the context is told once the lock has been got back.
    ///
    /// As with [Condition#await()], call it in a loop: it may return without a signal. A signal that this wait consumed
    /// makes it return normally.
    ///
    /// @param ctx ends the wait
    /// @param condition what to wait for
    /// @throws ContextException if `ctx` has ended or ends first
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public static void await(Context ctx, Condition condition) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(condition, "condition");
        node.throwIfDone();
        await(node, condition, condition::await);
    }

    /// Waits until `latch` has counted down to zero.
    ///
    /// @param ctx ends the wait
    /// @param latch what to wait for
    /// @throws ContextException if `ctx` has ended or ends first
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public static void await(Context ctx, CountDownLatch latch) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(latch, "latch");
        node.throwIfDone();
        if (!latch.await(0, NANOSECONDS)) {
            await(node, latch, latch::await);
        }
    }

    /// Waits for the result of `stage`. The end of the context leaves the stage as it is; to have it cancelled, see
    /// [Futures#cancelOnDone].
    ///
    /// @param <T> the type of the result
    /// @param ctx ends the wait
    /// @param stage what to wait for
    /// @return what the stage completed with
    /// @throws ContextException if `ctx` has ended or ends first
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    /// @throws ExecutionException if the stage completed exceptionally; its cause tells how
    /// @throws java.util.concurrent.CancellationException if the stage was cancelled
    @SuppressWarnings("FutureReturnValueIgnored") // nothing in it can fail
    public static <T extends @Nullable Object> T await(Context ctx, CompletionStage<T> stage)
            throws InterruptedException, ExecutionException {
        Node node = node(ctx);
        requireNonNull(stage, "stage");
        node.throwIfDone();
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!future.isDone()) {
            CompletableFuture<Void> left = new CompletableFuture<>();
            try (CancelNode wait = new CancelNode(node.scope(), node.values())) {
                // Completing one source of an anyOf takes it out of the others, which a whenComplete alone would not
                // do.
                CompletableFuture.anyOf(future, left).whenComplete((result, exception) -> wait.cancel());
                wait.await();
            } finally {
                left.complete(null);
            }
            if (!future.isDone()) {
                node.throwIfDone();
            }
        }
        return future.get();
    }

    /// Waits until `thread` has ended.
    ///
    /// @param ctx ends the wait, not the thread
    /// @param thread what to wait for
    /// @throws ContextException if `ctx` has ended or ends first
    /// @throws InterruptedException if the calling thread is interrupted before or while it waits
    public static void join(Context ctx, Thread thread) throws InterruptedException {
        Node node = node(ctx);
        requireNonNull(thread, "thread");
        node.throwIfDone();
        if (thread.isAlive()) {
            Interruption.during(node, false, () -> {
                thread.join();
                return thread;
            });
        }
    }

    /// Calls `operation`, whose thread is interrupted if the context ends meanwhile, and only then.
    ///
    /// It is for blocking code that answers to interrupts and to nothing else. What the interrupt does is up to
    /// that code: a channel is closed, and so is a socket that a virtual thread reads from; a driver may lose its
    /// connection; a loop goes on. When the operation has ended, no interrupt is left, nor will one come. An interrupt
    /// that was pending at the start stays pending.
    ///
    /// - If the operation returns, so does this, even if the context has ended.
    /// - If it throws an exception after it was interrupted, this throws the context's exception with that one as
    ///   suppressed.
    /// - If it throws before that, or throws an [Error], this throws the same.
    ///
    /// Blocks nest, with the same context or another: an inner one takes nothing away from an outer one, so a blocking
    /// call after the inner one does not hang. The interrupt is sent by a daemon thread, since closing a channel may
    /// take time.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of the exception
    /// @param ctx interrupts the operation
    /// @param operation runs on this thread, before this returns
    /// @return what `operation` returned
    /// @throws ContextException if `ctx` has ended, or ends and so ends the operation
    /// @throws X what `operation` threw
    public static <V extends @Nullable Object, X extends Throwable> V interruptible(
            Context ctx, CallableOp<? extends V, X> operation) throws X {
        Node node = node(ctx);
        requireNonNull(operation, "operation");
        node.throwIfDone();
        return Interruption.<V, X>during(node, true, operation);
    }

    private static Node node(Context ctx) {
        return (Node) requireNonNull(ctx, "ctx");
    }

    private static void await(Node node, Object what, Wait wait) throws InterruptedException {
        Interruption.during(node, isForeign(what), () -> {
            wait.await();
            return what;
        });
    }

    /// Whether waiting for `what` may run more than the JDK's own code.
    private static boolean isForeign(Object what) {
        return what.getClass().getClassLoader() != null;
    }
}
