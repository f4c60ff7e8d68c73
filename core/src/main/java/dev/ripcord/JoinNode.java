package dev.ripcord;

import static java.util.Objects.requireNonNull;

import dev.ripcord.spi.ForeignContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A scope that also ends with something outside its own line of ancestors: other contexts, or another library's.
///
/// It joins them as lazily as it joins its parent, and leaves them when nobody listens any more.
final class JoinNode extends ScopeNode {

    private final List<? extends Source> sources;

    private JoinNode(
            @Nullable ScopeNode parent,
            ValueNode values,
            @Nullable DeadlineNode owner,
            List<? extends Source> sources) {
        super(parent, values, owner, false);
        this.sources = sources;
    }

    /// Something else to end with.
    private sealed interface Source {

        /// How it ended, or null.
        @Nullable
        End poll();

        /// What has `place`'s node end when this ends.
        Hold hold(Link.Child place);

        /// Whether an end is sure to be pushed to a node that has joined.
        boolean isComplete();

        /// What paths call it.
        String name();
    }

    // ------------------------------------------------------------------------------------------ other contexts

    static Context anyOf(Context first, Context[] others) {
        Node main = (Node) requireNonNull(first, "first");
        ScopeNode parent = main.scope();
        DeadlineNode owner = parent == null ? null : parent.owner;
        List<ContextSource> sources = new ArrayList<>();
        for (Context other : requireNonNull(others, "others")) {
            ScopeNode scope = ((Node) requireNonNull(other, "others")).scope();
            if (scope != null) {
                sources.add(new ContextSource(scope));
                owner = earlier(owner, scope.owner);
            }
        }
        return sources.isEmpty() ? main.handedOut() : new JoinNode(parent, main.values(), owner, sources);
    }

    private static @Nullable DeadlineNode earlier(@Nullable DeadlineNode a, @Nullable DeadlineNode b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return b.ownDeadline().compareTo(a.ownDeadline()) < 0 ? b : a;
    }

    private record ContextSource(ScopeNode scope) implements Source {

        @Override
        public @Nullable End poll() {
            return scope.poll();
        }

        @Override
        public Hold hold(Link.Child place) {
            ScopeNode node = requireNonNull(place.node());
            Link link = place.isStrong() ? new Link.StrongChild(node) : new Link.WeakChild(node, scope);
            return new Membership(scope, link);
        }

        @Override
        public boolean isComplete() {
            return scope.hearsAll();
        }

        @Override
        public String name() {
            return Path.brief(scope);
        }
    }

    /// A place in another context's list. The link itself remembers a `release` that came first.
    private record Membership(ScopeNode scope, Link link) implements Hold {

        @Override
        public void engage() {
            scope.add(link);
        }

        @Override
        public void release() {
            scope.remove(link);
        }
    }

    // ----------------------------------------------------------------------------------- another library's context

    static Context of(ForeignContext foreign) {
        JoinNode joined = new JoinNode(
                null, ValueNode.BACKGROUND, null, List.of(new ForeignSource(requireNonNull(foreign, "foreign"))));
        return foreign.deadline()
                .<Context>map(
                        deadline -> DeadlineNode.at(joined, deadline, null).handedOut())
                .orElse(joined);
    }

    private record ForeignSource(ForeignContext foreign) implements Source {

        @Override
        public @Nullable End poll() {
            return foreign.end()
                    .map(end -> End.foreign(end.kind(), end.cause()))
                    .orElse(null);
        }

        @Override
        public Hold hold(Link.Child place) {
            return new Subscription(foreign, place);
        }

        @Override
        public boolean isComplete() {
            return true;
        }

        @Override
        public String name() {
            return foreign.toString();
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
    private static final class Subscription implements Hold, Runnable {

        private static final Runnable RELEASED = Subscription::nothing;

        private final ForeignContext foreign;
        private final Link.Child place;
        private final AtomicReference<@Nullable Runnable> state = new AtomicReference<>();

        Subscription(ForeignContext foreign, Link.Child place) {
            this.foreign = foreign;
            this.place = place;
        }

        @Override
        public void engage() {
            if (state.get() == RELEASED) {
                return;
            }
            Runnable unsubscribe = requireNonNull(foreign.subscribe(this), "foreign.subscribe() returned null");
            if (!state.compareAndSet(null, unsubscribe)) {
                takeBack(unsubscribe);
            }
        }

        @Override
        public void release() {
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
                node.endWithSources();
            }
        }
    }

    // ----------------------------------------------------------------------------------------------- the node

    @Nullable
    End pollSources() {
        for (Source source : sources) {
            End found = source.poll();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /// Ends this node if a source has ended. A poll would not ask them, once this node is completely attached.
    private void endWithSources() {
        End found = pollSources();
        if (found != null) {
            end(found);
        }
    }

    @Override
    boolean aboveIsComplete() {
        return super.aboveIsComplete() && sources.stream().allMatch(Source::isComplete);
    }

    @Override
    Hold newHold(Link.Child place) {
        List<Hold> holds = sources.stream().map(source -> source.hold(place)).toList();
        Hold all = new Hold() {
            @Override
            public void engage() {
                holds.forEach(Hold::engage);
            }

            @Override
            public void release() {
                holds.forEach(Hold::release);
            }
        };
        if (place instanceof Link.WeakChild weak) {
            weak.hold = all;
        }
        return all;
    }

    @Override
    String step() {
        return sources.stream().map(Source::name).collect(Collectors.joining(", ", ".anyOf(", ")"));
    }
}
