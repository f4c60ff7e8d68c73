package dev.ripcord;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a tree of contexts is, without threads, laziness and speed: every end reaches everything below it at once, and
/// every deadline is noticed when it passes.
final class TreeModel {

    private final List<Node> nodes = new ArrayList<>();

    /// A context: what it ends with, the foremost first, and what it knows. An end is a word; `live` is none.
    static final class Node {

        final List<Node> above;
        final Optional<Long> ownDeadline;
        final Map<Key<?>, Object> values;
        String end = "live";

        private Node(List<Node> above, Optional<Long> ownDeadline, Map<Key<?>, Object> values) {
            this.above = above;
            this.ownDeadline = ownDeadline;
            this.values = new HashMap<>(values);
        }

        boolean isLive() {
            return end.equals("live");
        }

        Optional<Long> deadline() {
            return Stream.concat(ownDeadline.stream(), above.stream().flatMap(node -> node.deadline().stream()))
                    .min(Long::compare);
        }
    }

    Node add(List<Node> above, Optional<Long> ownDeadline, Map<Key<?>, Object> values) {
        Node node = new Node(above, ownDeadline, values);
        above.stream().filter(one -> !one.isLive()).findFirst().ifPresent(one -> node.end = one.end);
        nodes.add(node);
        return node;
    }

    /// Ends `node` and all below it, but for what has ended. Returns whether it was live.
    boolean end(Node node, String how) {
        if (!node.isLive()) {
            return false;
        }
        node.end = how;
        nodes.stream().filter(other -> other.above.contains(node)).forEach(other -> end(other, how));
        return true;
    }

    /// Notices which deadlines have passed at `now`. They all differ, so the order does not matter if all are noticed.
    void notice(long now) {
        for (Node node : nodes) {
            node.ownDeadline.filter(deadline -> deadline <= now).ifPresent(deadline -> end(node, "late " + deadline));
        }
    }
}
