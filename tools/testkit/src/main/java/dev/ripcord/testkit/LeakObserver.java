package dev.ripcord.testkit;

import dev.ripcord.Context;
import dev.ripcord.spi.TreeObserver;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the core tells of its contexts, for [LeakDetector]. The core finds it as a service; nobody else needs it.
///
/// What is told belongs to the first of these that applies, so that tests which run at the same time do not see each
/// other's:
///
/// 1. the test that the parent of the context belongs to;
/// 2. the test that started this thread, or the thread that started it, and so on;
/// 3. the test that runs, if just one does;
/// 4. nobody.
public final class LeakObserver implements TreeObserver {

    private static final List<Ledger> OPEN = new CopyOnWriteArrayList<>();

    private static final InheritableThreadLocal<@Nullable Ledger> CURRENT = new InheritableThreadLocal<>();

    /// While it is set, what this thread does belongs to nobody.
    private static final ThreadLocal<@Nullable Boolean> UNWATCHED = new ThreadLocal<>();

    static final LeakObserver INSTANCE = new LeakObserver();

    /// For the service loader. All of them are one.
    public LeakObserver() {}

    // ------------------------------------------------------------------------------------------- ledgers

    /// Opens a ledger for this thread.
    ///
    /// @param outer which this one is within
    static Ledger open(@Nullable Ledger outer, Consumer<Listener> onListen) {
        Ledger ledger = new Ledger(outer, onListen);
        OPEN.add(ledger);
        CURRENT.set(ledger);
        return ledger;
    }

    /// Makes `ledger` that of this thread, because a test goes on here.
    static void enter(@Nullable Ledger ledger) {
        if (ledger == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(ledger);
        }
    }

    static @Nullable Ledger current() {
        return CURRENT.get();
    }

    static void close(Ledger ledger) {
        OPEN.remove(ledger);
        if (CURRENT.get() == ledger) {
            enter(ledger.outer);
        }
    }

    /// Runs `task`, what it makes and registers being ours and no leak.
    static void unwatched(Runnable task) {
        UNWATCHED.set(true);
        try {
            task.run();
        } finally {
            UNWATCHED.remove();
        }
    }

    private static Optional<Ledger> owner(@Nullable Context parent) {
        if (UNWATCHED.get() != null) {
            return Optional.empty();
        }
        if (parent != null) {
            for (Ledger ledger : OPEN) {
                if (ledger.has(parent)) {
                    return Optional.of(ledger);
                }
            }
        }
        Ledger own = CURRENT.get();
        if (own != null && OPEN.contains(own)) {
            return Optional.of(own);
        }
        List<Ledger> innermost = OPEN.stream()
                .filter(ledger -> OPEN.stream().noneMatch(inner -> inner.outer == ledger))
                .toList();
        return innermost.size() == 1 ? Optional.of(innermost.getFirst()) : Optional.empty();
    }

    // ------------------------------------------------------------------------------------- being told

    @Override
    public void made(Context scope, @Nullable Context parent) {
        owner(parent).ifPresent(ledger -> ledger.made(scope, parent));
    }

    @Override
    public void listens(Listener listener) {
        owner(listener.context()).ifPresent(ledger -> ledger.listens(listener));
    }

    @Override
    public void left(Listener listener) {
        // Then it no longer listens, which is seen when it is asked.
    }

    @Override
    public void forked(Context scope, Thread thread) {
        owner(scope).ifPresent(ledger -> ledger.forked(scope, thread));
    }
}
