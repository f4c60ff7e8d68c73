package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Row 3: a scope with a deadline is made, somebody listens to it and stops listening, and it is closed.
public class WithTimeoutAndCallback {

    private static final Duration HOUR = Duration.ofHours(1);

    /// `withTimeout`, `afterFunc`, `stop`, `close`.
    @Benchmark
    public Context ripcord(Parent parent) {
        CancellableContext scope = parent.ripcord.withTimeout(HOUR);
        Registration registration = scope.afterFunc(WithTimeoutAndCallback::ended);
        registration.stop();
        scope.close();
        return scope;
    }

    /// The same, with a request of its own: what was removed from a child stays in its parent's list, which would grow
    /// with the length of the run.
    @Benchmark
    public io.grpc.Context grpc(Parent parent) {
        if (!parent.isRequest()) {
            return grpcChild(parent.grpc, parent);
        }
        try (io.grpc.Context.CancellableContext request = io.grpc.Context.ROOT.withCancellation()) {
            return grpcChild(request, parent);
        }
    }

    private static io.grpc.Context grpcChild(io.grpc.Context above, Parent parent) {
        io.grpc.Context.CancellableContext scope = above.withDeadlineAfter(1, TimeUnit.HOURS, parent.grpcTimer);
        io.grpc.Context.CancellationListener listener = WithTimeoutAndCallback::ended;
        scope.addListener(listener, Runnable::run);
        scope.removeListener(listener);
        scope.close();
        return scope;
    }

    /// A bare timer with a callback: `schedule`, `cancel`.
    @Benchmark
    public ScheduledFuture<?> pool(Timers timers) {
        ScheduledFuture<?> timer = timers.pool.schedule(() -> ended(), 1, TimeUnit.HOURS);
        timer.cancel(false);
        return timer;
    }

    /// A bare timer with a callback: `newTimeout`, `cancel`.
    @Benchmark
    public Timeout wheel(Timers timers) {
        Timeout timer = timers.wheel.newTimeout(timeout -> ended(), 1, TimeUnit.HOURS);
        timer.cancel();
        return timer;
    }

    private static void ended() {
        throw new AssertionError("nothing ends before its callback is taken back");
    }

    private static void ended(io.grpc.Context context) {
        throw new AssertionError("nothing ends before its listener is taken back: " + context);
    }

    /// Timers that know nothing of contexts.
    @State(Scope.Thread)
    public static class Timers {

        final ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1);
        final HashedWheelTimer wheel = new HashedWheelTimer();

        /// Lets cancelled timers leave the queue.
        public Timers() {
            pool.setRemoveOnCancelPolicy(true);
        }

        /// Stops the threads.
        @TearDown
        public void close() {
            pool.shutdownNow();
            wheel.stop();
        }
    }
}
