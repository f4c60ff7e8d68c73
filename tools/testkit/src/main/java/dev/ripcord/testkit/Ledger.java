package dev.ripcord.testkit;

import dev.ripcord.Context;
import dev.ripcord.spi.TreeObserver.Listener;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What one test has made and registered: its live scopes, its listeners and its forks.
///
/// It keeps no scope alive that nobody listens to. All methods may be called by any thread.
final class Ledger {

    /// Beyond so many, stacks are no longer kept.
    private static final int TRACES = 20_000;

    /// What owns this one, or null.
    final @Nullable Ledger outer;

    private final Consumer<Listener> onListen;

    private final Thread opener = Thread.currentThread();

    private final Throwable noTrace = new Trace();

    /// Whether a test has begun with it.
    private volatile boolean taken;

    // Guarded by this.
    private final Map<Context, Made> scopes = new WeakHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Fork> forks = new ArrayList<>();
    private int traces;
    private int crowded;

    /// A scope and where it was made.
    ///
    /// @param parent the scope above it, or null if there is none
    record Made(@Nullable WeakReference<Context> parent, Throwable trace) {}

    /// A listener and where it began to listen.
    record Entry(Listener listener, Throwable trace) {

        boolean isAlive() {
            return listener.isListening() || listener.isRunning();
        }
    }

    /// A thread of a group and where it was forked.
    @SuppressWarnings("ContextInField") // it is what is looked at
    record Fork(Context scope, Thread thread, Throwable trace) {}

    /// @param onListen is called when somebody begins to listen
    Ledger(@Nullable Ledger outer, Consumer<Listener> onListen) {
        this.outer = outer;
        this.onListen = onListen;
    }

    /// Whether it was opened by this thread for a test that has not begun.
    boolean isToBeTaken() {
        return !taken && opener == Thread.currentThread();
    }

    void take() {
        taken = true;
    }

    void made(Context scope, @Nullable Context parent) {
        Throwable trace = trace("made here");
        synchronized (this) {
            scopes.put(scope, new Made(parent == null ? null : new WeakReference<>(parent), trace));
        }
    }

    synchronized boolean has(Context scope) {
        return scopes.containsKey(scope);
    }

    void listens(Listener listener) {
        Throwable trace = trace("began to listen here");
        synchronized (this) {
            forget();
            entries.add(new Entry(listener, trace));
        }
        onListen.accept(listener);
    }

    void forked(Context scope, Thread thread) {
        Throwable trace = trace("forked here");
        synchronized (this) {
            forget();
            forks.add(new Fork(scope, thread, trace));
        }
    }

    /// Lets go of what has ended, often enough that it does not add up, and seldom enough that it costs little.
    private void forget() {
        if (entries.size() + forks.size() > crowded) {
            entries.removeIf(entry -> !entry.isAlive());
            forks.removeIf(fork -> fork.thread.getState() == Thread.State.TERMINATED);
            crowded = 2 * (entries.size() + forks.size());
        }
    }

    private Throwable trace(String what) {
        boolean many;
        synchronized (this) {
            many = ++traces > TRACES;
        }
        return many ? noTrace : new Trace(what);
    }

    /// What is still there. Something that is just about to end is there too.
    List<Leak> leaks() {
        List<Leak> leaks = new ArrayList<>();
        for (Entry entry : entries()) {
            leaks.add(leak(entry.listener.context(), entry.listener.toString(), entry.trace));
        }
        for (Fork fork : forks()) {
            leaks.add(leak(fork.scope, "the fork " + fork.thread, fork.trace));
        }
        return leaks;
    }

    private Leak leak(Context scope, String what, Throwable trace) {
        return new Leak(what, scope.toString(), trace, made(scope).map(Made::trace));
    }

    synchronized Optional<Made> made(Context scope) {
        return Optional.ofNullable(scopes.get(scope));
    }

    /// Those scopes that have not ended.
    List<Context> scopes() {
        List<Context> made;
        synchronized (this) {
            made = new ArrayList<>(scopes.keySet());
        }
        made.removeIf(scope -> scope.done().isDone());
        return made;
    }

    List<Entry> entries() {
        List<Entry> all;
        synchronized (this) {
            all = new ArrayList<>(entries);
        }
        all.removeIf(entry -> !entry.isAlive());
        return all;
    }

    List<Fork> forks() {
        List<Fork> all;
        synchronized (this) {
            all = new ArrayList<>(forks);
        }
        all.removeIf(fork -> !fork.thread.isAlive());
        return all;
    }
}
