package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/// An executor service that runs each task under the context that was current where it was submitted.
final class ContextExecutor extends AbstractExecutorService {

    private final ExecutorService delegate;

    private ContextExecutor(ExecutorService delegate) {
        this.delegate = delegate;
    }

    static Executor of(Executor executor) {
        requireNonNull(executor, "executor");
        return task -> executor.execute(Context.current().wrap(task));
    }

    static ExecutorService of(ExecutorService executor) {
        return new ContextExecutor(requireNonNull(executor, "executor"));
    }

    @Override
    public void execute(Runnable task) {
        delegate.execute(Context.current().wrap(task));
    }

    @Override
    public void shutdown() {
        delegate.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return delegate.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
        return delegate.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return delegate.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return delegate.awaitTermination(timeout, unit);
    }

    /// Names the executor that does the work.
    @Override
    public String toString() {
        return "currentContextExecutor(" + delegate + ")";
    }
}
