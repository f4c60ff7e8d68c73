package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;

/// Row 1: a scope is made and closed.
///
/// Every method returns the scope, so that its allocation cannot be optimized away.
public class WithCancel {

    /// `withCancel`, `close`.
    @Benchmark
    public Context ripcord(Parent parent) {
        CancellableContext scope = parent.ripcord.withCancel();
        scope.close();
        return scope;
    }

    /// `withCancellation`, `close`.
    @Benchmark
    public io.grpc.Context grpc(Parent parent) {
        io.grpc.Context.CancellableContext scope = parent.grpc.withCancellation();
        scope.close();
        return scope;
    }

    /// A job that completes.
    @Benchmark
    public Job kotlin(Parent parent) {
        CompletableJob job = JobKt.Job(parent.kotlin);
        job.complete();
        return job;
    }
}
