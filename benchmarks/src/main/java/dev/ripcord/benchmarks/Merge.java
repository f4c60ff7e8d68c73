package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Row 12: a scope below two parents is made, listened to, and closed.
@State(Scope.Thread)
public class Merge {

    private final Context request = Context.background().withCancel();
    private final Context server = Context.background().withCancel();

    /// `anyOf`, `withCancel`, `close`.
    @Benchmark
    public Context ripcordAsked() {
        CancellableContext scope = Context.anyOf(request, server).withCancel();
        scope.close();
        return scope;
    }

    /// `anyOf`, `withCancel`, `afterFunc`, `stop`, `close`: both parents learn of the child and forget it.
    @Benchmark
    public Context ripcordCallback() {
        CancellableContext scope = Context.anyOf(request, server).withCancel();
        Registration registration = scope.afterFunc(Merge::ended);
        registration.stop();
        scope.close();
        return scope;
    }

    private static void ended() {
        throw new AssertionError("nothing ends before its callback is taken back");
    }
}
