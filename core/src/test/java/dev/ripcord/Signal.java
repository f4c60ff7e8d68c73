package dev.ripcord;

import dev.ripcord.ContextException.Kind;
import dev.ripcord.spi.ForeignContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Another library's context, as small as one can be: it ends once and calls its subscribers on the thread that ends
/// it.
class Signal implements ForeignContext {

    private final Optional<Deadline> deadline;

    // Guarded by this.
    private final List<Runnable> subscribers = new ArrayList<>();
    private @Nullable End end;

    Signal() {
        this.deadline = Optional.empty();
    }

    Signal(Deadline deadline) {
        this.deadline = Optional.of(deadline);
    }

    void cancel(@Nullable Throwable cause) {
        end(new End(Kind.CANCELLED, cause));
    }

    void end(End how) {
        List<Runnable> told;
        synchronized (this) {
            end = how;
            told = List.copyOf(subscribers);
            subscribers.clear();
        }
        told.forEach(Runnable::run);
    }

    synchronized int subscribers() {
        return subscribers.size();
    }

    @Override
    public Optional<End> end() {
        synchronized (this) {
            return Optional.ofNullable(end);
        }
    }

    @Override
    public Optional<Deadline> deadline() {
        return deadline;
    }

    @Override
    public Runnable subscribe(Runnable onEnd) {
        synchronized (this) {
            if (end == null) {
                subscribers.add(onEnd);
                return () -> unsubscribe(onEnd);
            }
        }
        onEnd.run();
        return () -> {};
    }

    private synchronized void unsubscribe(Runnable onEnd) {
        subscribers.remove(onEnd);
    }

    @Override
    public String toString() {
        return "signal";
    }
}
