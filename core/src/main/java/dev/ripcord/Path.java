package dev.ripcord;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The text of a context: the steps from its root, with names and time left, keys and never values (R11).
final class Path {

    /// Of a longer path the middle is left out.
    private static final int HALF = 32;

    private final List<String> last = new ArrayList<>();
    private final Deque<String> first = new ArrayDeque<>();
    private final boolean brief;
    private int left;

    private Path(boolean brief) {
        this.brief = brief;
    }

    static String of(Node node) {
        return of(node, false);
    }

    /// A path within a path: of joins, what they join is left out, so that nothing recurs and nothing is too long.
    static String brief(Node node) {
        return of(node, true);
    }

    private static String of(Node node, boolean brief) {
        Path path = new Path(brief);
        path.walk(node);
        return path.text();
    }

    /// Collects the steps from the leaf to the root. The layers between two scopes are those on the inner one's list
    /// of values that are not on the outer one's.
    private void walk(Node leaf) {
        ScopeNode scope = leaf.scope();
        ValueNode layer = leaf.values();
        while (true) {
            ValueNode outer = scope == null ? null : scope.values;
            while (layer != outer) {
                Node origin = layer.origin();
                if (origin != null) {
                    add(".withoutCancel");
                    scope = origin.scope();
                    layer = origin.values();
                    outer = scope == null ? null : scope.values;
                    continue;
                }
                String step = layer.step();
                if (step != null) {
                    add(step);
                }
                if (layer.previous == null) {
                    return;
                }
                layer = layer.previous;
            }
            if (scope != null) {
                add(brief && scope instanceof JoinNode ? ".anyOf(…)" : scope.step());
                scope = scope.parent;
            }
        }
    }

    private void add(String step) {
        if (last.size() < HALF) {
            last.add(step);
            return;
        }
        first.addLast(step);
        if (first.size() > HALF) {
            first.removeFirst();
            left++;
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        List<String> root = new ArrayList<>(first);
        Collections.reverse(root);
        root.forEach(text::append);
        if (left > 0) {
            text.append(".(").append(left).append(" more)");
        }
        for (int i = last.size() - 1; i >= 0; i--) {
            text.append(last.get(i));
        }
        return text.toString();
    }

    /// `.name(label, text)`, as a `with` method's step.
    static String step(String method, @Nullable String label, String text) {
        return "." + method + "(" + (label == null ? "" : label + " ") + text + ")";
    }
}
