package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Row 7: several threads derive scopes from one parent.
@State(Scope.Benchmark)
public class SharedParent {

    private final Context ripcord = Context.background().withCancel();
    private final io.grpc.Context grpc = io.grpc.Context.ROOT.withCancellation();
    private final CompletableJob kotlin = JobKt.Job(null);

    /// `withCancel`, `close`.
    @Benchmark
    public Context ripcordWithCancel() {
        CancellableContext scope = ripcord.withCancel();
        scope.close();
        return scope;
    }

    /// `withCancellation`, `close`.
    @Benchmark
    public io.grpc.Context grpcWithCancel() {
        io.grpc.Context.CancellableContext scope = grpc.withCancellation();
        scope.close();
        return scope;
    }

    /// A job that completes.
    @Benchmark
    public Job kotlinWithCancel() {
        CompletableJob job = JobKt.Job(kotlin);
        job.complete();
        return job;
    }

    /// `withCancel`, `afterFunc`, `stop`, `close`: the parent learns of the child and forgets it.
    @Benchmark
    public Context ripcordCallback() {
        CancellableContext scope = ripcord.withCancel();
        Registration registration = scope.afterFunc(SharedParent::ended);
        registration.stop();
        scope.close();
        return scope;
    }

    private static void ended() {
        throw new AssertionError("nothing ends before its callback is taken back");
    }
}
