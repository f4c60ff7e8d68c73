package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The growth with the number of live contexts: children of one parent, each with a deadline and a callback.
@State(Scope.Thread)
public class LiveContexts {

    private static final Duration HOUR = Duration.ofHours(1);

    /// How many there are.
    @Param({"1", "1000", "100000", "1000000"})
    public int live = 1;

    private final Context parent = Context.background().withCancel();
    private final List<Context> all = new ArrayList<>();
    private Context one = parent;

    /// Makes them, their deadlines spread over an hour.
    @Setup
    public void open() {
        for (int i = 0; i < live; i++) {
            one = parent.withTimeout(HOUR.plusMillis(3_600_000L * i / live));
            one.afterFunc(LiveContexts::ended);
            all.add(one);
        }
    }

    /// One more of them, closed.
    @Benchmark
    public Context ripcordWithCancel() {
        CancellableContext scope = parent.withCancel();
        scope.close();
        return scope;
    }

    /// One more with a deadline and a callback, closed.
    @Benchmark
    public Context ripcordCallback() {
        CancellableContext scope = parent.withTimeout(HOUR);
        Registration registration = scope.afterFunc(LiveContexts::ended);
        registration.stop();
        scope.close();
        return scope;
    }

    /// One of them is asked.
    @Benchmark
    public boolean ripcordErr() {
        return one.err().isPresent();
    }

    private static void ended() {
        throw new AssertionError("nothing ends within an hour");
    }
}
