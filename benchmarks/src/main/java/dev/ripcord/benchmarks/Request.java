package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/// Row 11: what one request does. A child of the server's context, 3 values, a timeout, 5 lookups, 4 times asked
/// whether it is over, and both scopes closed.
@State(Scope.Thread)
public class Request {

    private static final Duration BUDGET = Duration.ofSeconds(5);

    private static final Key<String> TRACE = Key.of("trace", String.class);
    private static final Key<String> USER = Key.of("user", String.class);
    private static final Key<String> TENANT = Key.of("tenant", String.class);
    private static final io.grpc.Context.Key<String> GRPC_TRACE = io.grpc.Context.key("trace");
    private static final io.grpc.Context.Key<String> GRPC_USER = io.grpc.Context.key("user");
    private static final io.grpc.Context.Key<String> GRPC_TENANT = io.grpc.Context.key("tenant");

    private final Context server = Context.background().withCancel();
    private final io.grpc.Context grpcServer = io.grpc.Context.ROOT.withCancellation();
    private final ScheduledThreadPoolExecutor grpcTimer = new ScheduledThreadPoolExecutor(1);

    /// Lets cancelled timers leave the queue.
    public Request() {
        grpcTimer.setRemoveOnCancelPolicy(true);
    }

    /// Stops the timer.
    @TearDown
    public void close() {
        grpcTimer.shutdownNow();
    }

    /// Ripcord.
    @Benchmark
    public void ripcord(Blackhole sink) {
        try (CancellableContext request = server.withCancel()) {
            Context known = request.withValue(TRACE, "t").withValue(USER, "u").withValue(TENANT, "n");
            try (CancellableContext call = known.withTimeout(BUDGET)) {
                sink.consume(call.err());
                sink.consume(call.value(TRACE));
                sink.consume(call.value(USER));
                sink.consume(call.err());
                sink.consume(call.value(TENANT));
                sink.consume(call.value(TRACE));
                sink.consume(call.err());
                sink.consume(call.value(USER));
                sink.consume(call.err());
            }
        }
    }

    /// gRPC.
    @Benchmark
    public void grpc(Blackhole sink) {
        try (io.grpc.Context.CancellableContext request = grpcServer.withCancellation()) {
            io.grpc.Context known = request.withValues(GRPC_TRACE, "t", GRPC_USER, "u", GRPC_TENANT, "n");
            try (io.grpc.Context.CancellableContext call = known.withDeadlineAfter(5, TimeUnit.SECONDS, grpcTimer)) {
                sink.consume(call.isCancelled());
                sink.consume(GRPC_TRACE.get(call));
                sink.consume(GRPC_USER.get(call));
                sink.consume(call.isCancelled());
                sink.consume(GRPC_TENANT.get(call));
                sink.consume(GRPC_TRACE.get(call));
                sink.consume(call.isCancelled());
                sink.consume(GRPC_USER.get(call));
                sink.consume(call.isCancelled());
            }
        }
    }
}
