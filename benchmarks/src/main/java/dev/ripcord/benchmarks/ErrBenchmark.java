package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Row 4: asking whether a context has ended, below many layers of values.
@State(Scope.Thread)
public class ErrBenchmark {

    private static final Key<String> RIPCORD_KEY = Key.of("key", String.class);
    private static final io.grpc.Context.Key<String> GRPC_KEY = io.grpc.Context.key("key");

    /// The number of value layers between the scope and the context that is asked.
    @Param("100")
    public int layers = 100;

    /// Whether the scope has ended.
    @Param({"live", "done"})
    public String state = "live";

    /// The time that the scope has.
    @Param({"none", "1h"})
    public String deadline = "none";

    private final ScheduledThreadPoolExecutor grpcTimer = new ScheduledThreadPoolExecutor(1);
    private Context ripcord = Context.background();
    private io.grpc.Context grpc = io.grpc.Context.ROOT;

    /// Makes the contexts.
    @Setup
    public void open() {
        boolean timed = deadline.equals("1h");
        CancellableContext ripcordScope = timed
                ? Context.background().withTimeout(Duration.ofHours(1))
                : Context.background().withCancel();
        io.grpc.Context.CancellableContext grpcScope = timed
                ? io.grpc.Context.ROOT.withDeadlineAfter(1, TimeUnit.HOURS, grpcTimer)
                : io.grpc.Context.ROOT.withCancellation();
        ripcord = ripcordScope;
        grpc = grpcScope;
        for (int i = 0; i < layers; i++) {
            ripcord = ripcord.withValue(RIPCORD_KEY, "value");
            grpc = grpc.withValue(GRPC_KEY, "value");
        }
        if (state.equals("done")) {
            ripcordScope.cancel();
            grpcScope.cancel(null);
        }
    }

    /// Stops the timer.
    @TearDown
    public void close() {
        grpcTimer.shutdownNow();
    }

    /// Row 4.
    @Benchmark
    public boolean err() {
        return ripcord.err().isPresent();
    }

    /// Row 4.
    @Benchmark
    public boolean errGrpc() {
        return grpc.isCancelled();
    }
}
