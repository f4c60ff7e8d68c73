package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The life of a scope: made, perhaps listened to, ended.
///
/// Every method returns the scope, so that its allocation cannot be optimized away.
@State(Scope.Thread)
public class ScopeBenchmark {

    private static final Duration HOUR = Duration.ofHours(1);

    /// What the scope is derived from: the root, or the live scope of a request.
    @Param({"background", "request"})
    public String parent = "background";

    private Context ripcordParent = Context.background();
    private io.grpc.Context grpcParent = io.grpc.Context.ROOT;

    /// As gRPC's own timer: one thread, and a cancelled timer leaves the queue.
    private final ScheduledThreadPoolExecutor grpcTimer = new ScheduledThreadPoolExecutor(1);

    /// Makes the parents.
    @Setup
    public void open() {
        grpcTimer.setRemoveOnCancelPolicy(true);
        if (parent.equals("request")) {
            ripcordParent = Context.background().withCancel();
            grpcParent = io.grpc.Context.ROOT.withCancellation();
        }
    }

    /// Stops the timer.
    @TearDown
    public void close() {
        grpcTimer.shutdownNow();
    }

    /// Row 1.
    @Benchmark
    public Context withCancel() {
        CancellableContext scope = ripcordParent.withCancel();
        scope.close();
        return scope;
    }

    /// Row 1.
    @Benchmark
    public io.grpc.Context withCancelGrpc() {
        io.grpc.Context.CancellableContext scope = grpcParent.withCancellation();
        scope.close();
        return scope;
    }

    /// Row 2.
    @Benchmark
    public Context withTimeout() {
        CancellableContext scope = ripcordParent.withTimeout(HOUR);
        scope.close();
        return scope;
    }

    /// Row 2.
    @Benchmark
    public io.grpc.Context withTimeoutGrpc() {
        io.grpc.Context.CancellableContext scope = grpcParent.withDeadlineAfter(1, TimeUnit.HOURS, grpcTimer);
        scope.close();
        return scope;
    }

    /// Row 3.
    @Benchmark
    public Context withTimeoutAndCallback() {
        CancellableContext scope = ripcordParent.withTimeout(HOUR);
        Registration registration = scope.afterFunc(ScopeBenchmark::ended);
        registration.stop();
        scope.close();
        return scope;
    }

    /// Row 3.
    @Benchmark
    public io.grpc.Context withTimeoutAndCallbackGrpc() {
        io.grpc.Context.CancellableContext scope = grpcParent.withDeadlineAfter(1, TimeUnit.HOURS, grpcTimer);
        io.grpc.Context.CancellationListener listener = ScopeBenchmark::ended;
        scope.addListener(listener, Runnable::run);
        scope.removeListener(listener);
        scope.close();
        return scope;
    }

    private static void ended() {
        throw new AssertionError("nothing ends before its callback is taken back");
    }

    private static void ended(io.grpc.Context context) {
        throw new AssertionError("nothing ends before its listener is taken back: " + context);
    }
}
