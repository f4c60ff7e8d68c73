package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The growth of `err` with the number of scopes above.
@State(Scope.Thread)
public class ErrDeep {

    /// The length of the chain of scopes.
    @Param({"1", "10", "100", "1000", "10000"})
    public int depth = 1;

    private Context leaf = Context.background();

    /// Makes the chain.
    @Setup
    public void open() {
        for (int i = 0; i < depth; i++) {
            leaf = leaf.withCancel();
        }
    }

    /// The innermost scope is asked.
    @Benchmark
    public boolean ripcord() {
        return leaf.err().isPresent();
    }
}
