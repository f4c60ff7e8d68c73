package dev.ripcord;

import static java.util.Objects.requireNonNull;

import dev.ripcord.spi.ForeignContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
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
        @Nullable End poll();

        /// Has `place`'s node end when this ends.
        Hold join(Link.Child place);

        /// Whether an end is sure to be pushed to a node that has joined.
        boolean isComplete();
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
        public Hold join(Link.Child place) {
            ScopeNode node = requireNonNull(place.node());
            Link link = place.isStrong() ? new Link.StrongChild(node) : new Link.WeakChild(node, scope);
            scope.add(link);
            return () -> scope.remove(link);
        }

        @Override
        public boolean isComplete() {
            return scope.isComplete();
        }
    }

    // ----------------------------------------------------------------------------------- another library's context

    static Context of(ForeignContext foreign) {
        JoinNode joined = new JoinNode(
                null,
                ValueNode.BACKGROUND,
                null,
                List.of(new ForeignSource(requireNonNull(foreign, "foreign"))));
        return foreign.deadline()
                .<Context>map(deadline -> DeadlineNode.at(joined, deadline, null).handedOut())
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
        public Hold join(Link.Child place) {
            Runnable unsubscribe = foreign.subscribe(() -> {
                ScopeNode node = place.node();
                if (node != null) {
                    node.poll();
                }
            });
            return requireNonNull(unsubscribe, "subscribe() returned null")::run;
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }

    // ----------------------------------------------------------------------------------------------- the node

    @Nullable End pollSources() {
        for (Source source : sources) {
            End found = source.poll();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    boolean sourcesAreComplete() {
        return sources.stream().allMatch(Source::isComplete);
    }

    @Override
    Hold newHold(Link.Child place) {
        List<Hold> holds = new ArrayList<>();
        for (Source source : sources) {
            holds.add(source.join(place));
        }
        return () -> holds.forEach(Hold::release);
    }

    @Override
    String step() {
        return "";
    }
}
