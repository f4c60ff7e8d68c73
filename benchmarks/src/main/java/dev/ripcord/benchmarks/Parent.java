package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What a scope is derived from: the root, or the live scope of a request.
@State(Scope.Thread)
public class Parent {

    /// `background` or `request`.
    @Param({"background", "request"})
    public String parent = "background";

    Context ripcord = Context.background();
    io.grpc.Context grpc = io.grpc.Context.ROOT;

    @Nullable
    Job kotlin;

    /// As gRPC's own timer: one thread, and a timer that is cancelled leaves the queue.
    final ScheduledThreadPoolExecutor grpcTimer = new ScheduledThreadPoolExecutor(1);

    /// Makes the parents.
    @Setup
    public void open() {
        grpcTimer.setRemoveOnCancelPolicy(true);
        if (isRequest()) {
            ripcord = Context.background().withCancel();
            grpc = io.grpc.Context.ROOT.withCancellation();
            kotlin = JobKt.Job(null);
        }
    }

    /// Whether the parent is a scope.
    boolean isRequest() {
        return parent.equals("request");
    }

    /// Stops the timer.
    @TearDown
    public void close() {
        grpcTimer.shutdownNow();
    }
}
