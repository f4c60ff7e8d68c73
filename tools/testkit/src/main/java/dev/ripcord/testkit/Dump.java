package dev.ripcord.testkit;

import dev.ripcord.Context;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The text of a ledger: the tree of live contexts, who listens to each, and the stacks of the threads that wait.
final class Dump {

    private static final int FRAMES = 24;

    private final StringBuilder text = new StringBuilder();
    private final Ledger ledger;
    private final Map<Context, List<Context>> children = new HashMap<>();
    private final Map<Context, List<Ledger.Entry>> listeners = new HashMap<>();
    private final Map<Context, List<Ledger.Fork>> forks = new HashMap<>();

    private Dump(Ledger ledger) {
        this.ledger = ledger;
    }

    /// @param thread whose stack is shown besides
    static String of(Ledger ledger, Thread thread) {
        return new Dump(ledger).dump(thread);
    }

    private String dump(Thread thread) {
        List<Context> live = ledger.scopes();
        List<Context> tops = new ArrayList<>();
        for (Context scope : live) {
            Context parent = parent(scope);
            if (parent == null || !live.contains(parent)) {
                tops.add(scope);
            } else {
                children.computeIfAbsent(parent, key -> new ArrayList<>()).add(scope);
            }
        }
        ledger.entries()
                .forEach(entry -> listeners
                        .computeIfAbsent(entry.listener().context(), key -> new ArrayList<>())
                        .add(entry));
        ledger.forks()
                .forEach(fork -> forks.computeIfAbsent(fork.scope(), key -> new ArrayList<>())
                        .add(fork));
        text.append(live.size()).append(" live contexts");
        sorted(tops).forEach(scope -> tree(scope, "\n  "));
        thread("\n\nthe test's thread ", thread, "\n    ");
        return text.toString();
    }

    private @Nullable Context parent(Context scope) {
        WeakReference<Context> parent =
                ledger.made(scope).map(Ledger.Made::parent).orElse(null);
        return parent == null ? null : parent.get();
    }

    private void tree(Context scope, String indent) {
        text.append(indent).append(scope);
        ledger.made(scope).ifPresent(made -> text.append("  made ").append(Trace.site(made.trace())));
        String inner = indent + "    ";
        for (Ledger.Entry entry : listeners.getOrDefault(scope, List.of())) {
            text.append(indent).append("  - ").append(entry.listener());
            text.append("  since ").append(Trace.site(entry.trace()));
            entry.listener().thread().ifPresent(thread -> stack(thread, inner));
        }
        for (Ledger.Fork fork : forks.getOrDefault(scope, List.of())) {
            thread(indent + "  - the fork ", fork.thread(), inner);
        }
        sorted(children.getOrDefault(scope, List.of())).forEach(child -> tree(child, indent + "  "));
    }

    private static List<Context> sorted(List<Context> scopes) {
        return scopes.stream().sorted(Comparator.comparing(Context::toString)).toList();
    }

    private void thread(String before, Thread thread, String indent) {
        text.append(before).append(thread).append(' ').append(thread.getState());
        stack(thread, indent);
    }

    private void stack(Thread thread, String indent) {
        Stream.of(thread.getStackTrace())
                .limit(FRAMES)
                .forEach(frame -> text.append(indent).append("at ").append(frame));
    }
}
