package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The growth of `cancel` with the length of the chain below, whose innermost scope has a callback.
///
/// Each invocation cancels chains of 10,000 scopes in all, and a scope is an operation.
@State(Scope.Thread)
@OperationsPerInvocation(CancelDeep.SCOPES)
public class CancelDeep {

    static final int SCOPES = 10_000;

    /// The length of a chain.
    @Param({"1", "10", "100", "1000", "10000"})
    public int depth = 1;

    private final List<CancellableContext> roots = new ArrayList<>();
    private CountDownLatch called = new CountDownLatch(0);

    /// Makes the chains.
    @Setup(Level.Invocation)
    public void open() {
        called = new CountDownLatch(SCOPES / depth);
        while (roots.size() < SCOPES / depth) {
            CancellableContext root = Context.background().withCancel();
            Context leaf = root;
            for (int i = 1; i < depth; i++) {
                leaf = leaf.withCancel();
            }
            leaf.afterFunc(called::countDown);
            roots.add(root);
        }
    }

    /// Waits until what was called is out of the way of the next invocation.
    @TearDown(Level.Invocation)
    public void close() throws InterruptedException {
        called.await();
        roots.clear();
    }

    /// `cancel`.
    @Benchmark
    public void ripcord() {
        for (CancellableContext root : roots) {
            root.cancel();
        }
    }
}
