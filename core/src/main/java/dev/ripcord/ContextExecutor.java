package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// An executor service that runs each task under the context that was current where it was submitted.
///
/// What is handed on is the task and never a future of its own: so a future is the delegate's, and lets go of its task
/// and of the context when it is cancelled, even if the delegate keeps it in a queue.
final class ContextExecutor implements ExecutorService {

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

    static ThreadFactory threads(ThreadFactory factory) {
        requireNonNull(factory, "factory");
        return task ->
                factory.newThread(isWorker(task) ? task : Context.current().wrap(task));
    }

    /// Whether `task` is the loop of a pool's thread, which outlives the task that made the pool start it.
    private static boolean isWorker(Runnable task) {
        return task.getClass().getNestHost() == ThreadPoolExecutor.class;
    }

    @Override
    public void execute(Runnable task) {
        delegate.execute(Context.current().wrap(task));
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task) {
        return delegate.submit(Context.current().wrap(task));
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Runnable task, T result) {
        return delegate.submit(Context.current().wrap(task), result);
    }

    @Override
    public Future<?> submit(Runnable task) {
        return delegate.submit(Context.current().wrap(task));
    }

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
            throws InterruptedException {
        return delegate.invokeAll(wrap(tasks));
    }

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit) throws InterruptedException {
        return delegate.invokeAll(wrap(tasks), timeout, unit);
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        return delegate.invokeAny(wrap(tasks));
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return delegate.invokeAny(wrap(tasks), timeout, unit);
    }

    private static <T extends @Nullable Object> List<Callable<T>> wrap(Collection<? extends Callable<T>> tasks) {
        Context context = Context.current();
        return tasks.stream().map(task -> context.<T>wrap(task)).toList();
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

    @Override
    public void close() {
        delegate.close();
    }

    /// Names the executor that does the work.
    @Override
    public String toString() {
        return "currentContextExecutor(" + delegate + ")";
    }
}
