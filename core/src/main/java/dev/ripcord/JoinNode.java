package dev.ripcord;

import static java.util.Objects.requireNonNull;

import dev.ripcord.spi.ForeignContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A scope that also ends with something outside its own line of ancestors: other contexts, or another library's.
///
/// It joins them as lazily as it joins its parent, and leaves them when nobody listens any more.
final class JoinNode extends ScopeNode {

    private final List<ScopeNode> others;
    private final @Nullable ForeignContext foreign;

    /// Whether this is never completely attached, so that every question asks its sources: they are not sure to tell of
    /// their ends.
    private final boolean asksAlways;

    private JoinNode(
            @Nullable ScopeNode parent,
            ValueNode values,
            @Nullable DeadlineNode owner,
            List<ScopeNode> others,
            @Nullable ForeignContext foreign) {
        super(parent, values, owner, false);
        this.others = others;
        this.foreign = foreign;
        this.asksAlways = foreign != null ? foreign.isAskedAlways() : hasOtherClock(values.time, others);
        values.time.made(this);
    }

    /// Whether one of `others` has a deadline on another clock, which may pass it before the earliest. This knows of
    /// one deadline only, and a weak attachment arms no timers.
    private static boolean hasOtherClock(TimeSource time, List<ScopeNode> others) {
        return others.stream().anyMatch(other -> other.owner != null && other.owner.values.time != time);
    }

    static Context anyOf(Context first, Context[] others) {
        Node main = (Node) requireNonNull(first, "first");
        ScopeNode parent = main.scope();
        DeadlineNode owner = parent == null ? null : parent.owner;
        List<ScopeNode> scopes = new ArrayList<>();
        for (Context other : requireNonNull(others, "others")) {
            ScopeNode scope = ((Node) requireNonNull(other, "others")).scope();
            if (scope != null) {
                scopes.add(scope);
                owner = earlier(owner, scope.owner);
            }
        }
        return scopes.isEmpty()
                ? main.handedOut()
                : new JoinNode(parent, main.values(), owner, List.copyOf(scopes), null);
    }

    private static @Nullable DeadlineNode earlier(@Nullable DeadlineNode a, @Nullable DeadlineNode b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return b.ownDeadline().compareTo(a.ownDeadline()) < 0 ? b : a;
    }

    static Context of(ForeignContext foreign) {
        Optional<Deadline> deadline = requireNonNull(foreign, "foreign").deadline();
        ValueNode root = deadline.map(until -> ValueNode.rootOn(until.time())).orElse(ValueNode.BACKGROUND);
        JoinNode joined = new JoinNode(null, root, null, List.of(), foreign);
        return deadline.<Context>map(
                        until -> DeadlineNode.at(joined, until, null).handedOut())
                .orElse(joined);
    }

    // ------------------------------------------------------------------------------------------- asking

    /// What this node joins besides its parent.
    List<ScopeNode> others() {
        return others;
    }

    /// How the foremost of those that have ended did, or null. Asks them.
    ///
    /// @param nested how many joins were entered on the way here, with this one
    @Nullable
    End pollSources(int nested) {
        for (ScopeNode other : others) {
            End found = other.poll(nested);
            if (found != null) {
                return found;
            }
        }
        return pollForeign();
    }

    /// The same when they have just been asked.
    @Nullable
    End knownEnd() {
        for (ScopeNode other : others) {
            End found = other.known();
            if (found != null) {
                return found;
            }
        }
        return pollForeign();
    }

    private @Nullable End pollForeign() {
        return foreign == null
                ? null
                : foreign.end().map(end -> End.foreign(end.kind(), end.cause())).orElse(null);
    }

    /// A subscription is complete once it has been made.
    @Override
    boolean aboveIsComplete() {
        if (asksAlways) {
            return false;
        }
        for (ScopeNode other : others) {
            if (!other.isComplete()) {
                return false;
            }
        }
        return super.aboveIsComplete();
    }

    // -------------------------------------------------------------------------------------- being attached

    @Override
    Link.Child newAttachment(boolean strong) {
        if (strong) {
            Link.StrongChild place = new Link.StrongChild(this);
            place.elsewhere = new Places(this, place);
            return place;
        }
        Link.WeakChild place = new Link.WeakChild(this, parent);
        place.elsewhere = new Places(this, place);
        return place;
    }

    /// What an attached join has besides its place in its parent's list: a place in the list of each of the others,
    /// and the subscription to the other library's context. It does not keep the join alive if `place` does not.
    static final class Places {

        private final List<ScopeNode> others;
        private final Link.Child[] links;
        private final @Nullable Subscription subscription;

        private Places(JoinNode node, Link.Child place) {
            this.others = node.others;
            this.links = new Link.Child[others.size()];
            for (int i = 0; i < links.length; i++) {
                links[i] = place.isStrong() ? new Link.StrongChild(node) : new Link.WeakChild(node, others.get(i));
            }
            this.subscription = node.foreign == null ? null : new Subscription(node.foreign, place);
        }

        /// Subscribes.
        void engage() {
            if (subscription != null) {
                subscription.engage();
            }
        }

        /// Unsubscribes.
        void release() {
            if (subscription != null) {
                subscription.release();
            }
        }

        void removeAll() {
            for (int i = 0; i < links.length; i++) {
                others.get(i).remove(links[i]);
            }
        }

        /// Puts a step for each place on the stack, the one for the first of the others on top.
        ///
        /// @param replaced the place of the same join whose links these stand in for
        void pushTo(Deque<Step> steps, Link.@Nullable Child replaced) {
            Places former = replaced == null ? null : replaced.elsewhere();
            for (int i = links.length - 1; i >= 0; i--) {
                steps.push(new Step(others.get(i), links[i], former == null ? null : former.links[i]));
            }
        }
    }

    /// A subscription to another library's context, on behalf of the node at `place`.
    ///
    /// ```text
    ///   NEW ──engage──▶ subscribed ──release──▶ RELEASED
    ///    └───────────────release──────────────────▲
    /// ```
    ///
    /// The state is null, the foreign library's handle, or RELEASED. `engage` that finds RELEASED when it comes back
    /// from `subscribe` takes the subscription back itself.
    private static final class Subscription implements Runnable {

        private static final Runnable RELEASED = Subscription::nothing;

        private final ForeignContext foreign;
        private final Link.Child place;
        private final AtomicReference<@Nullable Runnable> state = new AtomicReference<>();

        Subscription(ForeignContext foreign, Link.Child place) {
            this.foreign = foreign;
            this.place = place;
        }

        void engage() {
            if (state.get() == RELEASED) {
                return;
            }
            Runnable unsubscribe = requireNonNull(foreign.subscribe(this), "foreign.subscribe() returned null");
            if (!state.compareAndSet(null, unsubscribe)) {
                takeBack(unsubscribe);
            }
        }

        void release() {
            Runnable unsubscribe = state.getAndSet(RELEASED);
            if (unsubscribe != null) {
                takeBack(unsubscribe);
            }
        }

        /// Runs `unsubscribe`, whose failure must not stop the end or the departure that is under way.
        private static void takeBack(Runnable unsubscribe) {
            try {
                unsubscribe.run();
            } catch (RuntimeException e) {
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }

        private static void nothing() {}

        /// The foreign context has ended.
        @Override
        public void run() {
            if (place.node() instanceof JoinNode node) {
                node.endWithForeign();
            }
        }
    }

    /// Ends this node if the foreign context has ended. A poll would not ask it, once this node is completely attached.
    private void endWithForeign() {
        End found = pollForeign();
        if (found != null) {
            end(found);
        }
    }

    @Override
    String step() {
        Stream<String> names = foreign == null ? others.stream().map(Path::brief) : Stream.of(foreign.toString());
        return names.collect(Collectors.joining(", ", ".anyOf(", ")"));
    }
}
