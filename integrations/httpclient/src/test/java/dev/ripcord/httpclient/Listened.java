package dev.ripcord.httpclient;

import dev.ripcord.Deadline;
import dev.ripcord.spi.ForeignContext;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A foreign context that never ends and counts who listens to it: one for each context that was joined to it and has
/// anything registered below.
final class Listened implements ForeignContext {

    private final Set<Object> listeners = ConcurrentHashMap.newKeySet();
    private final CountDownLatch left = new CountDownLatch(1);

    int listeners() {
        return listeners.size();
    }

    /// Waits until the first listener has left.
    boolean awaitLeft() throws InterruptedException {
        return left.await(10, TimeUnit.SECONDS);
    }

    @Override
    public Optional<End> end() {
        return Optional.empty();
    }

    @Override
    public Optional<Deadline> deadline() {
        return Optional.empty();
    }

    @Override
    public Runnable subscribe(Runnable onEnd) {
        listeners.add(onEnd);
        return () -> {
            listeners.remove(onEnd);
            left.countDown();
        };
    }
}
