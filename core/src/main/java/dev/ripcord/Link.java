package dev.ripcord;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// An element of a node's intrusive list of listeners: a child, a callback or a waiting thread.
///
/// ```text
///   NEW ──insert──▶ LINKED ──all above it linked──▶ COMPLETE
///    │                 └───────remove──────┐            │
///    └────────────remove───────────────▶ REMOVED ◀──remove
/// ```
///
/// A link removed before it was inserted is never inserted; `remove` of a removed link is a no-op. The links of a node
/// that has ended belong to the thread that ended it, and `remove` leaves them alone.
abstract sealed class Link permits Link.Child, Link.Waiter, Callback, Interruption {

    static final int NEW = 0;
    static final int LINKED = 1;
    static final int COMPLETE = 2;
    static final int REMOVED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Link.class, "state", byte.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Guarded by the lock of the node that has the list. The list is circular.
    @Nullable
    Link prev;

    @Nullable
    Link next;

    // Written under that lock (but for LINKED to COMPLETE), read by anybody.
    @SuppressWarnings("UnusedVariable") // through STATE
    private byte state;

    final int state() {
        return (byte) STATE.getAcquire(this);
    }

    final void state(int state) {
        STATE.setRelease(this, (byte) state);
    }

    /// Whether it is in a list.
    final boolean isLinked() {
        int known = state();
        return known == LINKED || known == COMPLETE;
    }

    /// Whether somebody waits behind this link, so that its node must be kept alive and its timer armed.
    boolean isStrong() {
        return true;
    }

    /// A child's place in its parent's list. It tells whether the parent's end is sure to be pushed to the child.
    ///
    /// Besides, it is what the child holds elsewhere while it is attached: a timer, places in other trees. A place is
    /// made under the child's lock and engaged and released without it, so `release` may come first; then `engage` is a
    /// no-op.
    abstract static sealed class Child extends Link permits StrongChild, WeakChild, RootChild, Wheel.Timer {

        /// The number of the stripe of the parent whose list this is for, or 0 for the parent's own. Written before
        /// anybody else sees this.
        byte stripe;

        /// Whether this link and all those above it are in their lists; see [ScopeNode#poll()].
        final boolean isComplete() {
            return state() == COMPLETE;
        }

        /// Notes that all links above this one are in their lists.
        final void complete() {
            STATE.compareAndSet(this, (byte) LINKED, (byte) COMPLETE);
        }

        /// Notes that there is no list to be in, and that what the node holds instead has been engaged.
        final void linkToNothing() {
            STATE.compareAndSet(this, (byte) NEW, (byte) LINKED);
        }

        /// The child, or null if it has been collected.
        abstract @Nullable ScopeNode node();

        /// What a join has in other trees.
        JoinNode.@Nullable Places elsewhere() {
            return null;
        }

        /// Takes effect elsewhere, but for the places in other lists.
        void engage() {
            JoinNode.Places elsewhere = elsewhere();
            if (elsewhere != null) {
                elsewhere.engage();
            }
        }

        /// Takes that back.
        void release() {
            JoinNode.Places elsewhere = elsewhere();
            if (elsewhere != null) {
                elsewhere.release();
            }
        }
    }

    /// The attachment of a node that has no parent: there is nothing to be linked to.
    static final class RootChild extends Child {

        static final RootChild STRONG = new RootChild(true, new ScopeNode[0]);
        static final RootChild WEAK = new RootChild(false, new ScopeNode[0]);

        private final boolean strong;

        /// Nodes below the root that have its children in their lists, in case many threads attach to it; see
        /// [ScopeNode#stripe()].
        final ScopeNode[] stripes;

        private RootChild(boolean strong, ScopeNode[] stripes) {
            this.strong = strong;
            this.stripes = stripes;
            state(COMPLETE);
        }

        static RootChild striped(ScopeNode[] stripes) {
            return new RootChild(true, stripes);
        }

        @Override
        @Nullable
        ScopeNode node() {
            return null;
        }

        @Override
        boolean isStrong() {
            return strong;
        }
    }

    /// The place of a child that somebody listens to: keeps it alive.
    static final class StrongChild extends Child {

        private final ScopeNode node;

        /// Written by a join before anybody else sees this.
        JoinNode.@Nullable Places elsewhere;

        StrongChild(ScopeNode node) {
            this.node = node;
        }

        @Override
        ScopeNode node() {
            return node;
        }

        @Override
        JoinNode.@Nullable Places elsewhere() {
            return elsewhere;
        }
    }

    /// The place of a child that attached only to keep its polls short: does not keep it alive.
    static final class WeakChild extends Child {

        private static final ReferenceQueue<ScopeNode> COLLECTED = new ReferenceQueue<>();

        private final Reference node;

        /// Written by a join before anybody else sees this. Given up when the child has been collected.
        JoinNode.@Nullable Places elsewhere;

        /// @param parent whose list this is for, or null if it is for none
        WeakChild(ScopeNode node, @Nullable ScopeNode parent) {
            this.node = new Reference(node, parent, this);
        }

        @Override
        @Nullable
        ScopeNode node() {
            return node.get();
        }

        @Override
        JoinNode.@Nullable Places elsewhere() {
            return elsewhere;
        }

        @Override
        boolean isStrong() {
            return false;
        }

        /// Removes the links of children that have been collected, and gives up what they held; called before another
        /// link is added.
        static void removeCollected() {
            for (Object found = COLLECTED.poll(); found != null; found = COLLECTED.poll()) {
                Reference reference = (Reference) found;
                ScopeNode.leave(reference.link, reference.parent);
            }
        }

        private static final class Reference extends WeakReference<ScopeNode> {

            private final @Nullable ScopeNode parent;
            private final WeakChild link;

            Reference(ScopeNode node, @Nullable ScopeNode parent, WeakChild link) {
                super(node, COLLECTED);
                this.parent = parent;
                this.link = link;
            }
        }
    }

    /// The place of a thread that waits for the end.
    static final class Waiter extends Link {

        private final Thread thread = Thread.currentThread();

        void wake() {
            LockSupport.unpark(thread);
        }
    }
}
