package dev.ripcord;

import dev.ripcord.spi.TreeObserver;
import java.util.Optional;

/// A listener as those see it who watch its tree. Two of them are equal if they stand for the same.
record Observed(ScopeNode scope, Link link) implements TreeObserver.Listener {

    @Override
    public Context context() {
        return scope;
    }

    @Override
    public boolean isListening() {
        return link.state() != Link.REMOVED && scope.known() == null;
    }

    @Override
    public boolean isRunning() {
        return link instanceof Callback callback && callback.isUnderWay();
    }

    @Override
    public Optional<Thread> thread() {
        return Optional.ofNullable(
                switch (link) {
                    case Callback callback -> callback.runner();
                    case Link.Waiter waiter -> waiter.thread();
                    case Interruption interruption -> interruption.thread();
                    case Link.Child child -> throw new AssertionError("nobody waits behind a " + child.getClass());
                });
    }

    @Override
    public String toString() {
        return link instanceof Callback callback
                ? callback.toString()
                : thread().map(thread -> "the wait of " + thread).orElseThrow();
    }
}
