package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Row 6: cancelling a scope with many children, until `cancel` returns.
///
/// Each invocation cancels roots with 100,000 children in all, and a child is an operation.
@OperationsPerInvocation(CancelWide.CHILDREN)
public class CancelWide {

    static final int CHILDREN = 100_000;

    /// `cancel`.
    @Benchmark
    public void ripcord(Ripcord tree) {
        for (CancellableContext root : tree.roots) {
            root.cancel();
        }
    }

    /// `cancel`.
    @Benchmark
    public void grpc(Grpc tree) {
        for (io.grpc.Context.CancellableContext root : tree.roots) {
            root.cancel(null);
        }
    }

    /// `cancel`.
    @Benchmark
    public void kotlin(Kotlin tree) {
        for (Job root : tree.roots) {
            root.cancel(null);
        }
    }

    /// What is cancelled.
    @State(Scope.Thread)
    public abstract static class Tree<R> {

        /// The number of children of a root.
        @Param({"1000", "100000"})
        public int children = 1000;

        final List<R> roots = new ArrayList<>();
        private CountDownLatch called = new CountDownLatch(0);

        /// Makes the roots.
        @Setup(Level.Invocation)
        public void open() {
            called = new CountDownLatch(callbacks());
            while (roots.size() < CHILDREN / children) {
                roots.add(root());
            }
        }

        /// Waits until what was called is out of the way of the next invocation.
        @TearDown(Level.Invocation)
        public void close() throws InterruptedException {
            called.await();
            roots.clear();
        }

        abstract R root();

        abstract int callbacks();

        final void called() {
            called.countDown();
        }
    }

    /// Ripcord's.
    public static class Ripcord extends Tree<CancellableContext> {

        /// Who listens to a child: `nobody`, or a `callback` each.
        @Param({"nobody", "callback"})
        public String listening = "nobody";

        @Override
        CancellableContext root() {
            CancellableContext root = Context.background().withCancel();
            for (int i = 0; i < children; i++) {
                Context child = root.withCancel();
                if (listening.equals("callback")) {
                    child.afterFunc(this::called);
                }
            }
            return root;
        }

        @Override
        int callbacks() {
            return listening.equals("callback") ? CHILDREN : 0;
        }
    }

    /// gRPC's.
    public static class Grpc extends Tree<io.grpc.Context.CancellableContext> {

        /// Who listens to a child.
        @Param({"nobody", "callback"})
        public String listening = "nobody";

        private final Executor threads = Thread::startVirtualThread;

        @Override
        io.grpc.Context.CancellableContext root() {
            io.grpc.Context.CancellableContext root = io.grpc.Context.ROOT.withCancellation();
            for (int i = 0; i < children; i++) {
                io.grpc.Context child = root.withCancellation();
                if (listening.equals("callback")) {
                    child.addListener(context -> called(), threads);
                }
            }
            return root;
        }

        @Override
        int callbacks() {
            return listening.equals("callback") ? CHILDREN : 0;
        }
    }

    /// Jobs, which know their children whoever listens.
    public static class Kotlin extends Tree<Job> {

        /// Who listens to a child.
        @Param("nobody")
        public String listening = "nobody";

        @Override
        Job root() {
            CompletableJob root = JobKt.Job(null);
            for (int i = 0; i < children; i++) {
                JobKt.Job(root);
            }
            return root;
        }

        @Override
        int callbacks() {
            return 0;
        }
    }
}
