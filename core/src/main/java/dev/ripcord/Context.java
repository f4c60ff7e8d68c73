package dev.ripcord;

import static java.util.Objects.requireNonNull;

import dev.ripcord.spi.ForeignContext;
import dev.ripcord.spi.ManualTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// The deadline, the cancellation and the values of one unit of work, such as a request.
///
/// A context is passed down the calls of that work, usually as the first parameter, named `ctx`. It answers four
/// questions: until when ([#deadline()]), is it over ([#done()]), how did it end ([#err()]), and what
/// travels with it ([#value(Key)]). Contexts form a tree: when one ends, everything derived from it ends at once.
///
/// {@snippet class="dev.ripcord.TourExampleTest" region="lookup"}
///
/// ## Rules
///
/// - A context ends once, in one of two ways: it is cancelled, or its deadline passes. The first end wins, kind and
///   cause together.
/// - A context that ends ends all its descendants and never its parent.
/// - A descendant can shorten the deadline and never extend it.
/// - `done().isDone()` is true exactly when `err()` is present, in both directions.
/// - The clock decides, not the timer: the first question after the deadline ends the context on the spot, and from
///   that moment waiters, callbacks and every other question agree.
/// - Whoever holds only a `Context` cannot cancel it. Only the [CancellableContext] that a `with` method
///   returned can, and [#current()] never hands that one out.
/// - Values stay readable after the end. A null value is allowed and hides an outer one.
/// - Cancellation is level-triggered: an end that somebody swallowed is reported again by the next question.
/// - A null argument throws [NullPointerException] with the parameter's name, unless it is marked `@Nullable`.
///
/// ## Threads and memory
///
/// All methods may be called by any number of threads, platform or virtual, and none of them blocks, runs user code
/// (other than [#run] and [#call]) or holds a lock while user code runs. What a thread did before it
/// cancelled a context is visible to whoever sees that end.
///
/// A derived context is not referenced by its parent and arms no timer until somebody listens to it: a callback, a
/// waiter, a blocked call. A scope that nobody listens to is garbage as soon as it is unreachable, closed or not.
///
/// ## Cost
///
/// Every question is O(1) in the depth of the tree and in the number of values. A scope that nobody listens to
/// costs one allocation.
///
/// ## Source
///
/// The semantics are those of Go's package `context`; `docs/design.md` lists the differences.
public sealed interface Context permits CancellableContext, Node {

    // ---------------------------------------------------------------------------------------------- roots

    /// The root of every tree: never ends, has no deadline and no values.
    ///
    /// It is for `main`, for initialization and for tests. Inside a request, derive from the request's context:
    /// work under `background()` does not stop when the client leaves.
    ///
    /// @return always the same context
    static Context background() {
        return ValueNode.BACKGROUND;
    }

    /// A [#background()] that says: the right context is not yet known here.
    ///
    /// @return always the same context
    static Context todo() {
        return ValueNode.TODO;
    }

    /// The context that the innermost [#run], [#call] or [#wrap] on this thread installed, or [#background()].
    ///
    /// It exists for code that cannot take a parameter. It is not inherited by threads that this one starts; carry it
    /// over with [#wrap(Runnable)] or [#currentContextExecutor(Executor)].
    ///
    /// @return a context that the caller cannot cancel
    static Context current() {
        return Node.current();
    }

    /// A context that ends with the first of several to end, in the same way and with the same cause.
    ///
    /// Its deadline is the earliest of theirs; its values are those of `first`. If several have ended before anybody
    /// asks or listens, the foremost of them counts.
    ///
    /// In a test they may have different clocks. Then that of `first` is the clock of what is derived from the result;
    /// each deadline still ends the result when it passes on its own clock, and the earliest is the one that had the
    /// least time left when they were joined.
    ///
    /// @param first the context that also gives the values
    /// @param others further contexts; with none the result is equivalent to `first`
    /// @return a context that ends by itself and has nothing to close
    static Context anyOf(Context first, Context... others) {
        return JoinNode.anyOf(first, others);
    }

    /// A context that ends when a context of another library ends: gRPC's, a coroutine's job, a server's request.
    ///
    /// Nothing is registered with `foreign` until somebody listens to the result or to one of its descendants.
    ///
    /// @param foreign what to end with
    /// @return a context without values that has nothing to close
    static Context of(ForeignContext foreign) {
        return JoinNode.of(foreign);
    }

    /// The root of a tree that has a clock of its own, for tests: never ends, has no deadline and no values.
    ///
    /// All descendants have that clock, also what [#withoutCancel()] detaches. See `ManualClock` in ripcord-testkit.
    ///
    /// @param time the clock, which is also told of what listens in the tree
    /// @return a new root
    static Context of(ManualTime time) {
        return HostedTime.root(requireNonNull(time, "time"));
    }

    // ------------------------------------------------------------------------------------ the four questions

    /// The moment at which this context ends if nothing ends it sooner: the earliest deadline of itself and its
    /// ancestors, or empty if none has one. It does not change, not even when the context ends.
    ///
    /// @return the same answer at every call
    Optional<Deadline> deadline();

    /// The end of this context as something to ask, wait for or compose with.
    ///
    /// @return equal at every call
    Done done();

    /// How this context ended, or empty while it has not.
    ///
    /// Successive calls give the same exception once there is one. It carries no stack trace, since it was not
    /// thrown; to throw, call [#throwIfDone()].
    ///
    /// @return the kind of end, with its facts
    Optional<ContextException> err();

    /// The value of `key` nearest to this context; null if there is none, or if it is null.
    ///
    /// @param <T> the type of the value
    /// @param key compared by identity
    /// @return the value that the innermost [#withValue] gave to `key`
    <T> @Nullable T value(Key<T> key);

    // --------------------------------------------------------------------------------------- asking further

    /// Why this context ended, or empty while it has not: the cause given to [CancellableContext#cancel(Throwable)],
    /// else the same as [#err()].
    ///
    /// @return present exactly when [#err()] is
    Optional<Throwable> cause();

    /// Throws how this context ended, if it has; else does nothing.
    ///
    /// @throws CancelledException if it was cancelled; a new one, with the stack of this call and this context's path
    /// @throws DeadlineExceededException if a deadline passed; likewise
    void throwIfDone();

    // -------------------------------------------------------------------------------------------- deriving

    /// A child that can be cancelled without ending this context.
    ///
    /// @return the child, to be closed by whoever derived it
    CancellableContext withCancel();

    /// A child that ends when `timeout` has passed; equivalent to [#withDeadline(Deadline)] that far from now.
    ///
    /// @param timeout zero or less ends the child at once; more than 73 years counts as 73 years
    /// @return the child, to be closed by whoever derived it
    CancellableContext withTimeout(Duration timeout);

    /// A child that ends when `timeout` has passed, with a name that its [DeadlineExceededException] and every path
    /// tell.
    ///
    /// @param timeout zero or less ends the child at once; more than 73 years counts as 73 years
    /// @param name what the time is for, such as "product lookup"
    /// @return the child, to be closed by whoever derived it
    CancellableContext withTimeout(Duration timeout, String name);

    /// A child that ends when `deadline` passes. A sooner deadline of an ancestor stays in force.
    ///
    /// @param deadline if it has passed, the child ends at once
    /// @return the child, to be closed by whoever derived it
    CancellableContext withDeadline(Deadline deadline);

    /// A child that ends when `deadline` passes, with a name that its [DeadlineExceededException] and every path tell.
    ///
    /// @param deadline if it has passed, the child ends at once
    /// @param name what the time is for, such as "product lookup"
    /// @return the child, to be closed by whoever derived it
    CancellableContext withDeadline(Deadline deadline, String name);

    /// A child in which `key` has the value `value`; it ends with this context.
    ///
    /// Values are for what belongs to the request and crosses API boundaries (trace id, user, tenant), not for
    /// optional parameters.
    ///
    /// @param <T> the type of the value
    /// @param key compared by identity
    /// @param value what [#value(Key)] shall answer
    /// @return the child, with nothing to close
    /// @throws ClassCastException if `value` is not of the type that `key` was made with
    <T> Context withValue(Key<T> key, @Nullable T value);

    /// A context with this one's values that never ends and has no deadline, for work that outlives the request.
    ///
    /// @return a context with nothing to close
    Context withoutCancel();

    // --------------------------------------------------------------------------------------- being called

    /// Runs `callback` once, on a virtual thread of its own, when this context ends; at once if it has ended. A
    /// close is an end too: to close without it, [stop][Registration#stop()] it first.
    ///
    /// The thread that ends the context does not wait for it. An exception goes to the thread's uncaught exception
    /// handler and stops nothing else. Callbacks run in no particular order and with no current context.
    ///
    /// @param callback what to run
    /// @return a handle to take it back
    Registration afterFunc(Runnable callback);

    /// Runs `callback` once, on `executor`, when this context ends; at once if it has ended.
    ///
    /// If `executor` rejects it, it runs on a virtual thread: it is not lost. A virtual thread hands it
    /// over, so that neither the canceller nor the timer ever waits in `executor`; only
    /// [dev.ripcord.spi.DaemonThreads#executor()] is called directly, and so works even when every carrier is busy.
    ///
    /// @param executor what runs it
    /// @param callback what to run
    /// @return a handle to take it back
    Registration afterFunc(Executor executor, Runnable callback);

    // ---------------------------------------------------------------------------------- the ambient context

    /// Runs `task` with this as the [#current()] context of the thread, and restores the previous one after it.
    ///
    /// @param task runs on this thread, before this returns
    void run(Runnable task);

    /// Calls `operation` with this as the [#current()] context of the thread, and restores the previous one after it.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of the exception
    /// @param operation runs on this thread, before this returns
    /// @return what `operation` returned
    /// @throws X what `operation` threw
    <V extends @Nullable Object, X extends Throwable> V call(CallableOp<? extends V, X> operation) throws X;

    /// `task`, to be run under this context wherever and whenever that happens.
    ///
    /// @param task what to run
    /// @return may be run by any thread, any number of times
    Runnable wrap(Runnable task);

    /// `task`, to be called under this context wherever and whenever that happens.
    ///
    /// @param <V> the type of the result
    /// @param task what to call
    /// @return may be called by any thread, any number of times
    <V extends @Nullable Object> Callable<V> wrap(Callable<V> task);

    /// An executor that runs each task under the context that is current where the task is submitted.
    ///
    /// @param executor runs the tasks
    /// @return hands every task to `executor`
    static Executor currentContextExecutor(Executor executor) {
        return ContextExecutor.of(executor);
    }

    /// An executor service that runs each task under the context that is current where the task is submitted.
    ///
    /// Ending a context cancels no task; shutting the result down shuts `executor` down. Futures are those that
    /// `executor` makes: one of the JDK's that is cancelled lets go of its context, even while it waits in a queue.
    ///
    /// @param executor runs the tasks
    /// @return hands every task to `executor`
    static ExecutorService currentContextExecutor(ExecutorService executor) {
        return ContextExecutor.of(executor);
    }

    /// A thread factory whose threads run under the context that is current where the thread is made.
    ///
    /// It is for threads that do one task: to start one by hand, or for an executor that starts one for each task. In a
    /// pool a thread goes on with the tasks of others, so the pool's *tasks* must carry the context, not its threads:
    /// use [#currentContextExecutor(ExecutorService)]. Threads made for a [java.util.concurrent.ThreadPoolExecutor]
    /// therefore start without a context. In a pool of another kind, each thread would keep the context of the request
    /// that happened to start it.
    ///
    /// @param factory makes the threads
    /// @return hands every task to `factory`
    static ThreadFactory currentContextThreadFactory(ThreadFactory factory) {
        return ContextExecutor.threads(factory);
    }

    /// Where this context comes from, with names and time left:
    /// `background.withValue(user).withTimeout(product lookup 2s, 1.4s left)`.
    ///
    /// Keys are shown, values never. Of a path of more than 64 steps the first and the last 32 are shown.
    @Override
    String toString();

    /// What [#call] calls: a `Callable` that says which exception it throws.
    ///
    /// @param <V> the type of the result
    /// @param <X> the type of the exception
    @FunctionalInterface
    interface CallableOp<V extends @Nullable Object, X extends Throwable> {

        /// Does the work.
        ///
        /// @return the result
        /// @throws X if it cannot
        V call() throws X;
    }

    /// An operation that is handed the context to work under, as [Group#fork] and [Futures#supplyAsync] call it.
    ///
    /// @param <V> the type of the result
    @FunctionalInterface
    interface Operation<V extends @Nullable Object> {

        /// Does the work.
        ///
        /// @param ctx what the work is to be done under; ends with the group or the future that it is for
        /// @return the result
        /// @throws Exception if it cannot
        V call(Context ctx) throws Exception;
    }
}
