package dev.ripcord;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
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
/// 2. A list of listeners that is not empty implies an attachment. Both change under `lock`.
/// 3. `lock` is held for a few instructions, never two at once, and never while user code or a timer runs (R4).
/// 4. Whoever sets `end` afterwards takes the list, under `lock` if somebody holds it; whoever else touches the list
///    checks `end` under `lock` first. So each link is fired exactly once, by one of the two.
/// 5. A link becomes COMPLETE only after the links above it: it was LINKED before and after the node above was seen to
///    be complete, so that node's list was never empty between, and by 2 it stayed attached. It remains so until
///    the link is removed.
/// 6. Weak attachments are made by polls, strong ones by listeners. Only a strong one keeps a node alive and a timer
///    armed, so only a strong one is given up with the last link; a weak one stays until the end or the collector.
/// 7. Walks up the tree are loops. Where a join makes them branch, what remains to be done is on a stack of their own,
///    with what the join joins before its parent (invariant 5: its place is LINKED last), so neither long lines nor
///    nested joins overflow the thread's stack (R4).
abstract sealed class ScopeNode extends Node permits CancelNode, JoinNode {

    /// Ancestors that a poll compares before it attaches this node instead.
    static final int POLL_LIMIT = 8;

    /// Joins within joins that a poll enters by recursion.
    private static final int NESTED_LIMIT = 2;

    private static final int SPINS = 64;

    private static final int STRIPES = 16;

    /// Room for the steps of one join of two.
    private static final int FEW = 3;

    /// What a question has to look at, as the bits of `asks`. Without any, at the end alone.
    private static final int ABOVE = 1;

    private static final int CLOCK = 2;

    /// That clock is the JVM's.
    private static final int SYSTEM_CLOCK = 4;

    private static final VarHandle END;
    private static final VarHandle LOCK;
    private static final VarHandle ATTACHMENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            END = lookup.findVarHandle(ScopeNode.class, "end", End.class);
            LOCK = lookup.findVarHandle(ScopeNode.class, "lock", byte.class);
            ATTACHMENT = lookup.findVarHandle(ScopeNode.class, "attachment", Link.Child.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Fixed.
    final @Nullable ScopeNode parent;
    final ValueNode values;

    /// The node whose deadline is the earliest of this node and its ancestors; the outermost of equal ones.
    final @Nullable DeadlineNode owner;

    /// All that matters of the fields above to most questions, which so read one field instead of a chain.
    private final byte asks;

    // Read by anybody, written by CAS (invariant 1).
    private volatile @Nullable End end;

    // 1 while held.
    private volatile byte lock;

    // Guarded by lock.
    private @Nullable Link listeners;

    // Written under lock by a release, read by anybody.
    private volatile Link.@Nullable Child attachment;

    /// @param owner of the earliest deadline above this node, or null; a deadline node that is sooner says so by `own`
    /// @param own whether this is a [DeadlineNode] that is sooner than `owner`
    ScopeNode(@Nullable ScopeNode parent, ValueNode values, @Nullable DeadlineNode owner, boolean own) {
        this.parent = parent;
        this.values = values;
        DeadlineNode earliest = own ? (DeadlineNode) this : owner;
        this.owner = earliest;
        int above = parent != null || this instanceof JoinNode ? ABOVE : 0;
        this.asks = (byte) (above | clock(earliest));
    }

    private static int clock(@Nullable DeadlineNode owner) {
        if (owner == null) {
            return 0;
        }
        return owner.values.time == TimeSource.SYSTEM ? CLOCK | SYSTEM_CLOCK : CLOCK;
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
        return poll(0);
    }

    /// @param nested how many joins were entered on the way here, from one to what it joins
    final @Nullable End poll(int nested) {
        End known = end;
        int asked = asks;
        if (known != null || asked == 0) {
            return known;
        }
        // First, since a CPU reads its clock when all that comes before has been read: so it does the rest meanwhile.
        // The answer is that of this moment.
        long now = asked < CLOCK ? 0 : now(asked);
        if ((asked & ABOVE) != 0) {
            known = pollAncestors(nested);
            if (known != null) {
                return known;
            }
        }
        return asked < CLOCK ? null : pollClock(owner, now);
    }

    private long now(int asked) {
        if ((asked & SYSTEM_CLOCK) != 0) {
            return System.nanoTime();
        }
        DeadlineNode deadline = owner;
        return deadline == null ? 0 : deadline.values.time.nanoTime();
    }

    private @Nullable End pollClock(DeadlineNode deadline) {
        return pollClock(deadline, deadline.values.time.nanoTime());
    }

    private @Nullable End pollClock(@Nullable DeadlineNode deadline, long now) {
        assert deadline != null : "asks";
        long over = now - deadline.deadlineNanos;
        if (over < 0) {
            return null;
        }
        ScopeNode outer = deadline;
        outer.end(deadline.exceeded(over));
        return adopt(nearestEnd(outer));
    }

    /// Looks for an end above, up to the first ancestor that is completely attached and would have been told.
    private @Nullable End pollAncestors(int nested) {
        JoinNode joined = null;
        End how = null;
        int steps = 0;
        ScopeNode node = this;
        while (!node.isComplete()) {
            if (node instanceof JoinNode join) {
                if (nested == NESTED_LIMIT) {
                    return pollTopDown();
                }
                End found = join.pollSources(nested + 1);
                if (found != null) {
                    joined = join;
                    how = found;
                }
            }
            ScopeNode above = node.parent;
            if (above == null) {
                break;
            }
            if (above.end != null) {
                return adopt(nearestEnd(above));
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

    /// The end of the nearest ancestor that has ended. One below `top` may have ended first, after it was looked at.
    private @Nullable End nearestEnd(ScopeNode top) {
        for (ScopeNode node = parent; node != null && node != top; node = node.parent) {
            if (node.end != null) {
                return node.end;
            }
        }
        return top.end;
    }

    /// As [#poll()], for nested joins: looks once at each node above that would not be told, after those above it.
    private @Nullable End pollTopDown() {
        Set<ScopeNode> above = untold();
        above.forEach(ScopeNode::pollNext);
        if (end == null && attachment == null && above.size() > POLL_LIMIT) {
            attachWeakly();
            // Now they can be completed.
            above.forEach(ScopeNode::pollNext);
        }
        return end;
    }

    /// This node and all above it up to those that have ended or are completely attached, each behind all above it.
    private Set<ScopeNode> untold() {
        Set<ScopeNode> found = new LinkedHashSet<>();
        Set<ScopeNode> entered = new HashSet<>();
        Deque<ScopeNode> path = new ArrayDeque<>();
        path.push(this);
        while (!path.isEmpty()) {
            ScopeNode node = path.peek();
            if (!entered.add(node)) {
                found.add(path.pop());
            } else if (node.end == null && !node.isComplete()) {
                if (node instanceof JoinNode join) {
                    join.others().forEach(path::push);
                }
                if (node.parent != null) {
                    path.push(node.parent);
                }
            }
        }
        return found;
    }

    /// Looks at the ends of the nodes directly above, which have just been asked, and at the clock.
    private void pollNext() {
        if (end != null) {
            return;
        }
        End found = parent == null ? null : parent.end;
        if (found == null && this instanceof JoinNode join && !isComplete()) {
            found = join.knownEnd();
        }
        if (found != null) {
            end(found);
        } else if (owner != null && (owner == this || isComplete())) {
            pollClock(owner);
        }
        if (end == null) {
            completeHere();
        }
    }

    /// The end of this node, if it is known without asking.
    final @Nullable End known() {
        return end;
    }

    final boolean isComplete() {
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
            if (!node.completeHere()) {
                return;
            }
        }
    }

    /// Notes that this node is completely attached, if it is so.
    private boolean completeHere() {
        Link.Child place = attachment;
        if (place == null || !place.isLinked() || !aboveIsComplete()) {
            return false;
        }
        place.complete();
        return true;
    }

    /// Whether all that this node must hear of is completely attached.
    boolean aboveIsComplete() {
        return parent == null || parent.isComplete();
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
        if (deadline != this || end != null || pollAncestors(0) != null) {
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
        // Invariant 4. Whoever takes the lock after this read sees the end, which was written before, and touches
        // nothing.
        boolean taken = lock != 0;
        if (taken) {
            lock();
        }
        Link.Child place = attachment;
        Link list = listeners;
        if (place != null) {
            listeners = null;
            ATTACHMENT.setRelease(this, null);
        }
        if (taken) {
            unlock();
        }
        if (place != null) {
            leave(place, parent);
        }
        return list;
    }

    /// Gives up what a node had by `place`, which is no longer its attachment.
    ///
    /// @param parent of that node
    static void leave(Link.Child place, @Nullable ScopeNode parent) {
        place.release();
        JoinNode.Places elsewhere = place.elsewhere();
        if (elsewhere != null) {
            elsewhere.removeAll();
        }
        // If the parent has ended, its list is not ours to touch.
        if (parent != null && parent.end == null) {
            parent.remove(place);
        }
    }

    // ---------------------------------------------------------------------------------------- listening

    /// Adds `link`, or fires it at once if this node has ended.
    final void add(Link link) {
        Link.WeakChild.removeCollected();
        try {
            attach(this, link);
        } catch (Throwable e) {
            // A foreign context above cannot be subscribed to: then it is as if nobody had listened.
            remove(link);
            throw e;
        }
    }

    /// Adds `listener` to `first` and, if that was idle, `first` to its parent and to what it joins, and so on up.
    ///
    /// @param listener null to attach `first` weakly for nobody
    private static void attach(ScopeNode first, @Nullable Link listener) {
        ScopeNode node = first;
        Link link = listener;
        // What `link` stands in for in the same list, to be removed once it is there.
        Link.Child replaced = null;
        Deque<Step> later = null;
        // One question reaches all joins above; a weak attachment is made by a question.
        boolean asked = listener == null;
        while (true) {
            Link.Child former = null;
            Link.Child place = null;
            ScopeNode scope = node;
            node = scope.listOf(link);
            boolean contended = node.lock();
            End known = node.end;
            boolean wanted = known == null && (link == null || link.state() != Link.REMOVED);
            if (wanted) {
                if (link != null) {
                    node.insert(link);
                }
                if (replaced != null) {
                    node.takeOut(replaced);
                }
                former = node.attachment;
                boolean strong = link != null && link.isStrong();
                if (former == null || (strong && !former.isStrong())) {
                    place = node.newAttachment(strong);
                    if (node.parent != null) {
                        place.stripe = former == null ? node.parent.pickStripe() : former.stripe;
                    }
                    ATTACHMENT.setRelease(node, place);
                }
            }
            node.unlock();
            if (contended) {
                scope.stripe();
            }
            if (known != null) {
                push(link, known);
            } else if (!wanted && replaced != null) {
                node.remove(replaced);
            }
            if (place != null) {
                JoinNode.Places elsewhere = place.elsewhere();
                if (elsewhere != null && !asked) {
                    // Of those that have ended before anybody listened the foremost counts, not the first to be joined.
                    asked = true;
                    node.poll();
                }
                exchange(former, place);
                if (elsewhere == null && node.parent != null) {
                    link = place;
                    replaced = former;
                    node = node.parent;
                    continue;
                }
                if (elsewhere != null) {
                    later = later == null ? new ArrayDeque<>(FEW) : later;
                    later.push(new Step(node.parent, place, former));
                    elsewhere.pushTo(later, former);
                }
            }
            Step next = linkToNothing(later);
            if (next == null || next.node == null) {
                return;
            }
            node = next.node;
            link = next.link;
            replaced = next.replaced;
        }
    }

    /// Does the steps on top that concern joins without a parent, whose other places are all in their lists now.
    ///
    /// @return the next step, or null if there is none
    private static @Nullable Step linkToNothing(@Nullable Deque<Step> steps) {
        Step next = steps == null ? null : steps.poll();
        while (steps != null && next != null && next.node == null) {
            ((Link.Child) next.link).linkToNothing();
            next = steps.poll();
        }
        return next;
    }

    /// Something that a walk up the tree has still to do (invariant 7).
    ///
    /// @param node whose list is meant, or null for the place of a join without a parent
    /// @param link to be added or removed
    /// @param replaced what `link` stands in for
    record Step(@Nullable ScopeNode node, Link link, Link.@Nullable Child replaced) {}

    private static void exchange(Link.@Nullable Child former, Link.Child place) {
        try {
            place.engage();
        } finally {
            if (former != null) {
                former.release();
            }
        }
    }

    /// Attaches this node although nobody listens to it, so that its polls need not look at its ancestors.
    private void attachWeakly() {
        Link.WeakChild.removeCollected();
        try {
            attach(this, null);
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
        if (end != null || place == null || place.isStrong() || listeners != null) {
            unlock();
            return;
        }
        ATTACHMENT.setRelease(this, null);
        unlock();
        leave(place, parent);
    }

    /// A new place for this node in its parent's list. Called with lock held.
    Link.Child newAttachment(boolean strong) {
        if (parent == null) {
            return strong ? Link.RootChild.STRONG : Link.RootChild.WEAK;
        }
        return strong ? new Link.StrongChild(this) : new Link.WeakChild(this, parent);
    }

    /// Removes `link`, if it is still there and this node has not ended; and, if it was the last one, this node
    /// from its parent and from what it joins, and so on up to those that are attached weakly.
    ///
    /// @return whether `link` was there
    final boolean remove(Link link) {
        ScopeNode node = this;
        Link gone = link;
        boolean there = false;
        Deque<Step> later = null;
        while (true) {
            node = node.listOf(gone);
            node.lock();
            boolean found = node.end == null && node.takeOut(gone);
            Link.Child place = node.attachment;
            // A weak attachment keeps nothing alive, and the polls of the next child below would make it again.
            boolean idle = found && node.listeners == null && place != null && place.isStrong();
            if (idle) {
                ATTACHMENT.setRelease(node, null);
            }
            node.unlock();
            if (gone == link) {
                there = found;
            }
            if (idle && place != null) {
                place.release();
                JoinNode.Places elsewhere = place.elsewhere();
                if (elsewhere != null) {
                    later = later == null ? new ArrayDeque<>(FEW) : later;
                    elsewhere.pushTo(later, null);
                }
                if (node.parent != null) {
                    gone = place;
                    node = node.parent;
                    continue;
                }
            }
            Step next = later == null ? null : later.poll();
            if (next == null || next.node == null) {
                return there;
            }
            node = next.node;
            gone = next.link;
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

    // -------------------------------------------------------------------------------------------- stripes

    /// Has the children that attach to this root from now on distributed among the lists of some nodes between, by
    /// their threads, so that these do not wait for each other. To whoever asks, cancels or walks they are nodes like
    /// others; each has an anchor in its list and so remains attached. Roots only, since they hold nobody alive.
    final void stripe() {
        if (attachment != Link.RootChild.STRONG) {
            return;
        }
        ScopeNode[] stripes = new ScopeNode[STRIPES];
        Link[] anchors = new Link[STRIPES];
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new CancelNode(this, values);
            anchors[i] = Link.RootChild.striped(new ScopeNode[0]);
            attach(stripes[i], anchors[i]);
        }
        lock();
        boolean first = end == null && attachment == Link.RootChild.STRONG;
        if (first) {
            ATTACHMENT.setRelease(this, Link.RootChild.striped(stripes));
        }
        unlock();
        for (int i = 0; i < STRIPES && !first; i++) {
            stripes[i].remove(anchors[i]);
        }
    }

    /// The number of the stripe that has the list for a child that this thread attaches.
    private byte pickStripe() {
        if (!(attachment instanceof Link.RootChild root) || root.stripes.length == 0) {
            return 0;
        }
        // Threads that were started one after the other get stripes that do not share a cache line.
        return (byte) (1 + (7 * (int) Thread.currentThread().threadId() & (STRIPES - 1)));
    }

    /// The node whose list `link` is for: this one, or its stripe.
    private ScopeNode listOf(@Nullable Link link) {
        if (!(link instanceof Link.Child child) || child.stripe == 0) {
            return this;
        }
        // If there are none any more, this node has ended.
        return attachment instanceof Link.RootChild root ? root.stripes[child.stripe - 1] : this;
    }

    // -------------------------------------------------------------------------------------------- locking

    /// A spin lock of one bit, because a node must stay small and the lock is held for a few instructions only. Java's
    /// monitors would pin virtual threads before JDK 24.
    @SuppressWarnings("ThreadPriorityCheck") // the yield only saves cycles; nothing depends on it
    ///
    /// @return whether it took long
    private boolean lock() {
        int spins = 0;
        while (!LOCK.compareAndSet(this, (byte) 0, (byte) 1)) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        return spins >= SPINS;
    }

    private void unlock() {
        LOCK.setRelease(this, (byte) 0);
    }
}
