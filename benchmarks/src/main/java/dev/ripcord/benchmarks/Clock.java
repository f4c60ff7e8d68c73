package dev.ripcord.benchmarks;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;

/// Row 0: what the machine itself takes: one reading of the clock, which everything with a deadline has to pay, and one
/// object with one atomic operation, which is what a scope that can be closed by several threads cannot do without.
public class Clock {

    private static final String PARENT = "parent";
    private static final String ENDED = "ended";

    /// What a context asks.
    @Benchmark
    public long ripcordClock() {
        return System.nanoTime();
    }

    /// An object as large as a scope, whose state goes from null to an end.
    @Benchmark
    public Object ripcordObject() {
        Small made = new Small(PARENT);
        Small.END.compareAndSet(made, null, ENDED);
        return made;
    }

    /// Seven references, 40 bytes.
    @SuppressWarnings("UnusedVariable") // they are there for their size
    private static final class Small {

        static final AtomicReferenceFieldUpdater<Small, @Nullable String> END =
                AtomicReferenceFieldUpdater.newUpdater(Small.class, String.class, "end");

        private final String parent;
        private volatile @Nullable String end;
        private @Nullable String first;
        private @Nullable String second;
        private @Nullable String third;
        private @Nullable String fourth;
        private @Nullable String fifth;

        Small(String parent) {
            this.parent = parent;
        }
    }
}
