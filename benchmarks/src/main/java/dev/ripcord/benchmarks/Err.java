package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Row 4: asking whether a context has ended, below 100 layers of values.
public class Err {

    private static final int LAYERS = 100;
    private static final Key<String> RIPCORD_KEY = Key.of("key", String.class);
    private static final io.grpc.Context.Key<String> GRPC_KEY = io.grpc.Context.key("key");

    /// `err`.
    @Benchmark
    public boolean ripcord(Layers layers) {
        return layers.ripcord.err().isPresent();
    }

    /// `isCancelled`.
    @Benchmark
    public boolean grpc(Layers layers) {
        return layers.grpc.isCancelled();
    }

    /// `isCancelled`; a job has no values above it, and no deadline.
    @Benchmark
    public boolean kotlin(Coroutine coroutine) {
        return coroutine.job.isCancelled();
    }

    /// The contexts that are asked.
    @State(Scope.Thread)
    public static class Layers {

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
            for (int i = 0; i < LAYERS; i++) {
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
    }

    /// The job that is asked.
    @State(Scope.Thread)
    public static class Coroutine {

        /// Whether the job has ended.
        @Param({"live", "done"})
        public String state = "live";

        private final CompletableJob job = JobKt.Job(null);

        /// Ends it.
        @Setup
        public void open() {
            if (state.equals("done")) {
                job.cancel(null);
            }
        }
    }
}
