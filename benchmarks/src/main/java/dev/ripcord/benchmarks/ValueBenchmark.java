package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import dev.ripcord.Key;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Row 5: reading the outermost of many values, and one that is not there.
@State(Scope.Thread)
public class ValueBenchmark {

    /// The number of values, each under a key of its own.
    @Param("100")
    public int depth = 100;

    /// Whether the key is there: the outermost one, or none.
    @Param({"hit", "miss"})
    public String key = "hit";

    private Context ripcord = Context.background();
    private Key<String> ripcordKey = Key.of("absent", String.class);
    private io.grpc.Context grpc = io.grpc.Context.ROOT;
    private io.grpc.Context.Key<String> grpcKey = io.grpc.Context.key("absent");

    /// Makes the contexts.
    @Setup
    public void open() {
        for (int i = 0; i < depth; i++) {
            Key<String> ripcordNext = Key.of("key" + i, String.class);
            io.grpc.Context.Key<String> grpcNext = io.grpc.Context.key("key" + i);
            ripcord = ripcord.withValue(ripcordNext, "value");
            grpc = grpc.withValue(grpcNext, "value");
            if (i == 0 && key.equals("hit")) {
                ripcordKey = ripcordNext;
                grpcKey = grpcNext;
            }
        }
    }

    /// Row 5.
    @Benchmark
    public @Nullable String value() {
        return ripcord.value(ripcordKey);
    }

    /// Row 5.
    @Benchmark
    public @Nullable String valueGrpc() {
        return grpcKey.get(grpc);
    }
}
