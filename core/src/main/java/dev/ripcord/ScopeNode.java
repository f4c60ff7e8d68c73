package dev.ripcord;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What can end: a node of the tree of cancellation.
///
/// ```text
///                    add                       ┌── add, remove ──┐
///   live, idle ───────────────▶ live, attached ◀─────────────────┘
///    │       ▲                    │        │
///    │       └── remove the last ─┘        │
///    └──────────────── end ────────────────┴──▶ ended        add: the link fires at once
///                                                            end, remove: no-ops
/// ```
///
/// *Idle*: no listeners; the parent does not know this node and no timer is armed (R1). Its end is found out by
/// asking: [#poll()] compares the ends of the ancestors and the clock. *Attached*: this node is in its parent's list,
/// and so on up to the root, and its own deadline is armed; ends are pushed down. *Ended*: `end` is set, for good.
///
/// ## Invariants
///
/// 1. `end` goes from null to an [End] once, by CAS (R6). Before this node's own end is set, `poll` has found no
///    earlier end of an ancestor and no deadline that has passed (R2).
/// 2. A list of listeners that is not empty implies an attachment. Both change under `lock`, as does `hold`.
/// 3. `lock` is held for a few instructions, never two at once, and never while user code or a timer runs (R4).
/// 4. Whoever sets `end` afterwards takes the list under `lock`; whoever adds checks `end` under `lock`. So each link
///    is fired exactly once, by one of the two.
/// 5. A link becomes COMPLETE only after the links above it: it was LINKED before and after the node above was seen to
///    be complete, so that node's list was never empty between, and by 2 it stayed attached. It remains so until
///    the link is removed.
/// 6. Weak attachments are made by polls, strong ones by listeners. Only a strong one keeps a node alive and a timer
///    armed, so only a strong one is given up with the last link; a weak one stays until the end or the collector.
abstract sealed class ScopeNode extends Node permits CancelNode, JoinNode {

    /// Ancestors that a poll compares before it attaches this node instead.
    static final int POLL_LIMIT = 8;

    private static final int SPINS = 64;

    private static final VarHandle END;
    private static final VarHandle LOCK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            END = lookup.findVarHandle(ScopeNode.class, "end", End.class);
            LOCK = lookup.findVarHandle(ScopeNode.class, "lock", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Fixed.
    final @Nullable ScopeNode parent;
    final ValueNode values;

    /// The node whose deadline is the earliest of this node and its ancestors; the outermost of equal ones.
    final @Nullable DeadlineNode owner;

    // Read by anybody, written by CAS (invariant 1).
    private volatile @Nullable End end;

    // 1 while held.
    private volatile int lock;

    // Guarded by lock.
    private @Nullable Link listeners;
    private @Nullable Hold hold;

    // Written under lock, read by anybody.
    private volatile Link.@Nullable Child attachment;

    /// @param owner of the earliest deadline above this node, or null; a deadline node that is sooner says so by `own`
    /// @param own whether this is a [DeadlineNode] that is sooner than `owner`
    ScopeNode(@Nullable ScopeNode parent, ValueNode values, @Nullable DeadlineNode owner, boolean own) {
        this.parent = parent;
        this.values = values;
        this.owner = own ? (DeadlineNode) this : owner;
    }

    @Override
    final ScopeNode scope() {
        return this;
    }

    @Override
    final ValueNode values() {
        return values;
    }

    /// This scope's part of a path.
    abstract String step();

    // ------------------------------------------------------------------------------------------- asking

    /// How this node ended, or null. Ends it if an ancestor has ended or a deadline has passed (R2).
    final @Nullable End poll() {
        End known = end;
        if (known != null) {
            return known;
        }
        if (parent != null || this instanceof JoinNode) {
            known = pollAncestors();
            if (known != null) {
                return known;
            }
        }
        return owner == null ? null : pollClock(owner);
    }

    private @Nullable End pollClock(DeadlineNode deadline) {
        long over = deadline.values.time.nanoTime() - deadline.deadlineNanos;
        if (over < 0) {
            return null;
        }
        ScopeNode outer = deadline;
        outer.end(deadline.exceeded(over));
        return adopt(outer.end);
    }

    /// Looks for an end above, up to the first ancestor that is completely attached and would have been told.
    private @Nullable End pollAncestors() {
        JoinNode joined = null;
        End how = null;
        int steps = 0;
        ScopeNode node = this;
        while (!node.isComplete()) {
            if (node instanceof JoinNode join) {
                End found = join.pollSources();
                if (found != null) {
                    joined = join;
                    how = found;
                }
            }
            ScopeNode above = node.parent;
            if (above == null) {
                break;
            }
            End found = above.end;
            if (found != null) {
                return adopt(found);
            }
            node = above;
            if (++steps == POLL_LIMIT && attachment == null && joined == null) {
                attachWeakly();
                if (end != null) {
                    return end;
                }
                node = this;
            }
        }
        if (joined != null && how != null) {
            return pollJoined(joined, how);
        }
        if (attachment != null && !isComplete()) {
            complete();
        }
        return null;
    }

    /// Ends `joined`, a source of which has ended. Nobody saw what ended first, so the order of the arguments decides,
    /// in which the line of parents comes before the sources.
    private @Nullable End pollJoined(JoinNode joined, End how) {
        ScopeNode outer = joined;
        DeadlineNode sooner = outer.parent == null ? null : outer.parent.owner;
        End passed = sooner == null ? null : pollClock(sooner);
        if (passed != null) {
            return passed;
        }
        outer.end(how);
        return adopt(outer.end);
    }

    private boolean isComplete() {
        Link.Child place = attachment;
        return place != null && place.isComplete();
    }

    /// Notes which of this node and its ancestors are completely attached, from the top down (invariant 5).
    private void complete() {
        Deque<ScopeNode> incomplete = new ArrayDeque<>();
        for (ScopeNode node = this; node != null && !node.isComplete(); node = node.parent) {
            incomplete.push(node);
        }
        for (ScopeNode node : incomplete) {
            Link.Child place = node.attachment;
            if (place == null || !place.isLinked() || !node.aboveIsComplete()) {
                return;
            }
            place.complete();
        }
    }

    /// Whether all that this node must hear of is completely attached.
    boolean aboveIsComplete() {
        return parent == null || parent.isComplete();
    }

    /// Whether an end of this node is found by it alone, without asking its ancestors.
    final boolean hearsAll() {
        poll();
        return isComplete();
    }

    private @Nullable End adopt(@Nullable End found) {
        if (found != null) {
            end(found);
        }
        return end;
    }

    // ------------------------------------------------------------------------------------------- ending

    /// Ends this node and all that is attached below it, and returns when they are done (R5).
    ///
    /// @return whether this call ended this node
    final boolean end(End how) {
        if (!END.compareAndSet(this, null, how)) {
            return false;
        }
        push(release(), how);
        return true;
    }

    /// Ends this node if its own deadline has passed, as a question would; for the thread that watches the timers.
    ///
    /// @param callbacks collects what is to be started
    final void expire(Callback.Batch callbacks) {
        DeadlineNode deadline = owner;
        if (deadline != this || end != null || pollAncestors() != null) {
            return;
        }
        long over = deadline.values.time.nanoTime() - deadline.deadlineNanos;
        if (over >= 0) {
            End how = deadline.exceeded(over);
            if (END.compareAndSet(this, null, how)) {
                push(release(), how, callbacks);
            }
        }
    }

    /// Fires all links of a list, and of the lists of the children in it, level by level: the list of a
    /// child is put behind those that wait, so neither the stack nor the heap grows with the depth (R4).
    private static void push(@Nullable Link list, End how) {
        if (list != null) {
            Callback.Batch callbacks = new Callback.Batch();
            push(list, how, callbacks);
            callbacks.flush();
        }
    }

    private static void push(@Nullable Link list, End how, Callback.Batch callbacks) {
        if (list == null) {
            return;
        }
        Link tail = cut(list);
        for (Link link = list; link != null; ) {
            Link below = link instanceof Link.Child child ? endChild(child, how) : null;
            if (below != null) {
                tail.next = below;
                tail = cut(below);
            }
            // Read after the child's list was put behind the last link, which may be this one.
            Link next = link.next;
            link.prev = null;
            link.next = null;
            fire(link, callbacks);
            link = next;
        }
    }

    /// Makes a circular list end behind its last link, which it returns.
    private static Link cut(Link list) {
        Link tail = list.prev == null ? list : list.prev;
        tail.next = null;
        return tail;
    }

    private static @Nullable Link endChild(Link.Child child, End how) {
        ScopeNode node = child.node();
        return node != null && END.compareAndSet(node, null, how) ? node.release() : null;
    }

    private static void fire(Link link, Callback.Batch callbacks) {
        if (link instanceof Callback callback) {
            callbacks.add(callback);
        } else if (link instanceof Link.Waiter waiter) {
            waiter.wake();
        } else if (link instanceof Interruption interruption) {
            interruption.fire();
        }
    }

    /// Takes this node, which has ended, out of its parent's list and its timer out of the wheel.
    ///
    /// @return its listeners
    private @Nullable Link release() {
        // Invariant 4. An adder that this read of lock misses will see the end, which is written before.
        if (lock == 0 && attachment == null) {
            return null;
        }
        lock();
        Link list = listeners;
        Link.Child place = attachment;
        Hold held = hold;
        listeners = null;
        attachment = null;
        hold = null;
        unlock();
        exchange(held, null);
        // If the parent has ended, its list is not ours to touch.
        if (place != null && parent != null && parent.end == null) {
            parent.remove(place);
        }
        return list;
    }

    // ---------------------------------------------------------------------------------------- listening

    /// Adds `link`, or fires it at once if this node has ended.
    final void add(Link link) {
        Link.WeakChild.removeCollected();
        try {
            attach(this, link, null);
        } catch (Throwable e) {
            // A foreign context above cannot be subscribed to: then it is as if nobody had listened.
            remove(link);
            throw e;
        }
    }

    /// Adds `link` to `node` and, if that was idle, `node` to its parent, and so on up.
    ///
    /// @param replaced what `link` stands in for in the same list, to be removed once `link` is there
    private static void attach(ScopeNode node, Link link, Link.@Nullable Child replaced) {
        while (true) {
            node.lock();
            End known = node.end;
            if (known != null || link.state() == Link.REMOVED) {
                node.unlock();
                if (known != null) {
                    push(link, known);
                } else if (replaced != null) {
                    node.remove(replaced);
                }
                return;
            }
            node.insert(link);
            if (replaced != null) {
                node.takeOut(replaced);
            }
            Link.Child place = node.attachment;
            if (place != null && (place.isStrong() || !link.isStrong())) {
                node.unlock();
                return;
            }
            Link.Child better = node.newAttachment(link.isStrong());
            Hold held = node.hold;
            Hold wanted = node.newHold(better);
            node.attachment = better;
            node.hold = wanted;
            node.unlock();
            exchange(held, wanted);
            if (node.parent == null) {
                better.linkToNothing();
                return;
            }
            link = better;
            replaced = place;
            node = node.parent;
        }
    }

    /// Attaches this node although nobody listens to it, so that its polls need not look at its ancestors.
    private void attachWeakly() {
        Link.WeakChild.removeCollected();
        lock();
        if (attachment != null || end != null) {
            unlock();
            return;
        }
        Link.Child place = newAttachment(false);
        Hold wanted = newHold(place);
        attachment = place;
        hold = wanted;
        unlock();
        try {
            exchange(null, wanted);
            if (parent != null) {
                attach(parent, place, null);
            }
        } catch (RuntimeException e) {
            // A foreign context above cannot be subscribed to. It still can be asked, now and by the next polls.
            for (ScopeNode node = this; node != null; node = node.parent) {
                node.detachIfIdle();
            }
        }
    }

    /// Gives up a weak attachment, unless something below needs it.
    private void detachIfIdle() {
        lock();
        Link.Child place = attachment;
        Hold held = hold;
        if (place == null || place.isStrong() || listeners != null) {
            unlock();
            return;
        }
        attachment = null;
        hold = null;
        unlock();
        exchange(held, null);
        if (parent != null) {
            parent.remove(place);
        }
    }

    private Link.Child newAttachment(boolean strong) {
        if (parent == null && !(this instanceof JoinNode)) {
            return strong ? Link.RootChild.STRONG : Link.RootChild.WEAK;
        }
        return strong ? new Link.StrongChild(this) : new Link.WeakChild(this, parent);
    }

    /// Removes `link`, if it is still there and this node has not ended; and, if it was the last one, this node
    /// from its parent, and so on up to one that is attached weakly.
    ///
    /// @return whether `link` was there
    final boolean remove(Link link) {
        ScopeNode node = this;
        Link gone = link;
        while (true) {
            node.lock();
            boolean there = node.end == null && node.takeOut(gone);
            Link.Child place = node.attachment;
            // A weak attachment keeps nothing alive, and the polls of the next child below would make it again.
            if (!there || node.listeners != null || (place != null && !place.isStrong())) {
                node.unlock();
                return there || node != this;
            }
            Hold held = node.hold;
            node.attachment = null;
            node.hold = null;
            node.unlock();
            exchange(held, null);
            if (place == null || node.parent == null) {
                return true;
            }
            gone = place;
            node = node.parent;
        }
    }

    // With lock held.
    private void insert(Link link) {
        Link head = listeners;
        if (head == null) {
            link.prev = link;
            link.next = link;
            listeners = link;
        } else {
            Link tail = head.prev;
            assert tail != null : "the list is circular";
            link.prev = tail;
            link.next = head;
            tail.next = link;
            head.prev = link;
        }
        link.state(Link.LINKED);
    }

    /// With lock held. Returns whether the link was in the list.
    private boolean takeOut(Link link) {
        boolean linked = link.isLinked();
        link.state(Link.REMOVED);
        if (!linked) {
            return false;
        }
        Link before = link.prev;
        Link after = link.next;
        assert before != null && after != null : "the list is circular";
        if (after == link) {
            listeners = null;
        } else {
            before.next = after;
            after.prev = before;
            if (listeners == link) {
                listeners = after;
            }
        }
        link.prev = null;
        link.next = null;
        return true;
    }

    // -------------------------------------------------------------------------------- what attached nodes hold

    /// What an attached node holds elsewhere: a timer, a place in another tree. It is made under the node's lock and
    /// engaged and released without it, so `release` may come first; then `engage` is a no-op.
    interface Hold {

        /// Takes effect.
        void engage();

        /// Gives it up.
        void release();
    }

    /// What this node must hold while it is attached by `place`, or null. Called with lock held.
    @Nullable
    Hold newHold(Link.Child place) {
        return null;
    }

    private static void exchange(@Nullable Hold held, @Nullable Hold wanted) {
        try {
            if (wanted != null) {
                wanted.engage();
            }
        } finally {
            if (held != null) {
                held.release();
            }
        }
    }

    // ------------------------------------------------------------------------------------------- waiting

    /// Waits until this node has ended.
    final void await() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (poll() != null) {
            return;
        }
        Link.Waiter waiter = new Link.Waiter();
        add(waiter);
        try {
            while (end == null) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            remove(waiter);
        }
    }

    // -------------------------------------------------------------------------------------------- locking

    /// A spin lock of one bit, because a node must stay small and the lock is held for a few instructions only. Java's
    /// monitors would pin virtual threads before JDK 24.
    @SuppressWarnings("ThreadPriorityCheck") // the yield only saves cycles; nothing depends on it
    private void lock() {
        int spins = 0;
        while (!LOCK.compareAndSet(this, 0, 1)) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private void unlock() {
        LOCK.setRelease(this, 0);
    }
}
