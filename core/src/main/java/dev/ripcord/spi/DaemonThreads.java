package dev.ripcord.spi;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Platform threads for what must run even when every carrier is busy: a statement's cancel, a connection's abort.
///
/// Virtual threads do not help there. When all carriers run code that does not yield, such as an embedded database's
/// query, a cancel that is started on a virtual thread never gets to run.
public final class DaemonThreads {

    private static final AtomicInteger COUNT = new AtomicInteger();

    @SuppressWarnings("UnnecessaryMethodReference") // the pool itself could be shut down by whoever asks for it
    private static final Executor EXECUTOR = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> Thread.ofPlatform()
                    .name("ripcord-daemon-" + COUNT.incrementAndGet())
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .unstarted(task))::execute;

    private DaemonThreads() {}

    /// An executor that starts every task at once, on a daemon platform thread with no current context.
    ///
    /// There is no limit and no queue: a stalled task delays no other. Threads end after 10 idle seconds.
    ///
    /// @return always the same executor
    public static Executor executor() {
        return EXECUTOR;
    }
}
