package dev.ripcord;

import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Operations that run at the same time under one context, and end together: Go's `errgroup`.
///
/// A group belongs to a block. The block forks operations, each onto a virtual thread, and joins them; when it is
/// left, none of them runs any more.
///
/// {@snippet class="dev.ripcord.GroupExampleTest" region="order"}
///
/// ## Rules
///
/// - The group has a context of its own, a child of the one that it was made of. Each fork gets a child of that as
///   its parameter, and as its [Context#current()]: use that one, not the context outside, which does not end with
///   the group.
/// - The first fork that fails ends the group's context, with its exception as the cause. So does the end of the
///   parent.
/// - An operation that has not begun when the context ends is not begun: the future of its fork fails with the
///   [ContextException].
/// - A fork whose future is [cancelled][Future#cancel(boolean)] has its own context ended, and no other; what it
///   throws after that is dropped, unless it is an [Error]. Cancelling never interrupts, whatever the argument.
/// - An exception that the operation catches itself ends nothing. A group has no other way to go on after a failure.
/// - With a limit, at most so many operations run at a time, and [#fork] waits for a free slot. A fork that forks on
///   its own group when no slot is free runs the operation itself, so forks never wait for each other's slots.
/// - After [#join()] the group is as open as before: fork again, for the next phase. The contexts of the group and of
///   its forks live until it is closed, so a result that is bound to one, such as a body that is still to be read,
///   can be used until then.
///
/// ## Partial results
///
/// Whatever ended the group, the futures of the forks that had finished keep their results:
///
/// {@snippet class="dev.ripcord.GroupExampleTest" region="partial"}
///
/// ## Threads and memory
///
/// All methods may be called by any thread, except that a fork can neither join nor close its own group. Forks run on
/// virtual threads named `ripcord-group-1-1`, group and fork, which inherit inheritable thread-locals from the thread
/// that forks, as virtual threads do.
///
/// Nobody is stopped by force, and no fork is interrupted. [#join()] and [#close()] wait until every operation has
/// returned; one that does not listen to its context holds them up. That is the price of the promise that nothing is
/// left running. A fork that blocks in something that knows no contexts wraps that in [Blocking#interruptible].
///
/// What an operation did is visible to whoever joins or closes the group, or gets the result of its future. A group
/// keeps neither its finished forks nor their results, and once closed it has nothing registered with its parent.
///
/// ## Cost
///
/// A fork costs one virtual thread, a context and some small objects, however many there are.
public sealed interface Group extends AutoCloseable permits ForkGroup {

    /// A group without a limit.
    ///
    /// @param parent what the group's context is derived from
    /// @return the group, to be closed by whoever made it
    static Group of(Context parent) {
        return new ForkGroup(parent, Integer.MAX_VALUE);
    }

    /// A group that runs at most `limit` operations at a time.
    ///
    /// @param parent what the group's context is derived from
    /// @param limit at least 1
    /// @return the group, to be closed by whoever made it
    /// @throws IllegalArgumentException if `limit` is less than 1
    static Group of(Context parent, int limit) {
        return new ForkGroup(parent, limit);
    }

    /// The context of the group: it ends with the first failure, with the parent, and with [#close()].
    ///
    /// @return a context that the caller cannot cancel; always the same
    Context context();

    /// Starts `operation` on a virtual thread of its own, and before that waits for a slot if the group has a limit.
    ///
    /// If the context has ended, or ends while this waits, `operation` is not begun, and the future has failed
    /// already.
    ///
    /// @param <V> the type of the result
    /// @param operation what to call
    /// @return the result, once there is one; its `cancel` ends this fork alone
    /// @throws IllegalStateException if the group is closed
    /// @throws InterruptedException if the thread is interrupted while it waits for a slot; the group stays open
    <V extends @Nullable Object> Future<V> fork(Context.Operation<? extends V> operation) throws InterruptedException;

    /// Forks an operation without a result, in the same way as [#fork].
    ///
    /// @param task what to run
    /// @throws IllegalStateException if the group is closed
    /// @throws InterruptedException if the thread is interrupted while it waits for a slot; the group stays open
    void execute(Task task) throws InterruptedException;

    /// Waits until every operation has returned, and throws what went wrong.
    ///
    /// Returns if all forks have succeeded, or were cancelled by their futures. Otherwise throws the first that
    /// applies, and does so again if it is called again. For an exception of this method, failures that came later
    /// are suppressed, unless they only tell that the group's context had ended.
    ///
    /// @throws Error that a fork threw, as it is
    /// @throws CompletionException if the failure of a fork ended the context; that failure is its cause
    /// @throws CancelledException if the context ended by other means before all forks had succeeded
    /// @throws DeadlineExceededException likewise
    /// @throws IllegalStateException if it is called by a fork of this group
    /// @throws InterruptedException if the thread is interrupted before or while it waits; the group stays open
    void join() throws InterruptedException;

    /// Ends the context and waits until every operation has returned. A second call does nothing more.
    ///
    /// It waits even if the thread is interrupted, and leaves the interrupt as it was. So that no failure is lost, it
    /// throws what ended the group if no [#join()] has thrown it.
    ///
    /// @throws Error that a fork threw, if nobody has been told
    /// @throws CompletionException if the failure of a fork ended the context, and nobody has been told
    /// @throws IllegalStateException if it is called by a fork of this group
    @Override
    void close();

    /// How many operations run, of how many, and the path of the context.
    @Override
    String toString();

    /// What [#execute] forks: a `Runnable` that is handed its context and may throw.
    @FunctionalInterface
    interface Task {

        /// Does the work.
        ///
        /// @param ctx what the work is to be done under; ends with the group
        /// @throws Exception if it cannot; the group's context then ends
        void run(Context ctx) throws Exception;
    }
}
