package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;

/// Row 2: a scope with a deadline is made and closed; nobody listens to it.
public class WithTimeout {

    private static final Duration HOUR = Duration.ofHours(1);

    /// `withTimeout`, `close`.
    @Benchmark
    public Context ripcord(Parent parent) {
        CancellableContext scope = parent.ripcord.withTimeout(HOUR);
        scope.close();
        return scope;
    }

    /// `withDeadlineAfter`, `close`.
    @Benchmark
    public io.grpc.Context grpc(Parent parent) {
        io.grpc.Context.CancellableContext scope = parent.grpc.withDeadlineAfter(1, TimeUnit.HOURS, parent.grpcTimer);
        scope.close();
        return scope;
    }

    /// A future that is complete before its timeout.
    @Benchmark
    public CompletableFuture<String> future() {
        CompletableFuture<String> future = new CompletableFuture<String>().orTimeout(1, TimeUnit.HOURS);
        future.complete("done");
        return future;
    }
}
