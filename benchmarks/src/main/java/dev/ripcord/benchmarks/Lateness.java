package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import io.netty.util.HashedWheelTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Row 9: how late a deadline's callback starts, for 10,000 deadlines within a second.
@SuppressWarnings("FutureReturnValueIgnored") // they are kept until their callbacks have run
final class Lateness {

    private static final int TIMERS = 10_000;
    private static final Duration SPREAD = Duration.ofSeconds(1);

    /// More than it takes to arm a timer.
    private static final Duration ARMING = Duration.ofNanos(10_000);

    private Lateness() {}

    /// Prints a round a line.
    ///
    /// @param arguments the peer, and the number of rounds
    public static void main(String[] arguments) throws InterruptedException {
        rounds(Lateness.class, arguments, TIMERS, SPREAD);
    }

    /// Runs one round to warm up, and those that count.
    static void rounds(Class<?> row, String[] arguments, int timers, Duration spread) throws InterruptedException {
        Timer timer = timer(Peer.of(arguments[0]));
        int rounds = Integer.parseInt(arguments[1]);
        for (int round = 0; round <= rounds; round++) {
            long[] lateness = round(timer, timers, spread.toNanos());
            if (round > 0) {
                Probes.printPercentiles(row, lateness, 1e6);
            }
        }
        System.exit(0);
    }

    /// @return by how many nanoseconds each callback was late
    private static long[] round(Timer timer, int timers, long spread) throws InterruptedException {
        System.gc();
        long[] lateness = new long[timers];
        @Nullable Object[] kept = new @Nullable Object[timers];
        CountDownLatch called = new CountDownLatch(timers);
        long first =
                System.nanoTime() + ARMING.multipliedBy(timers).plusMillis(200).toNanos();
        for (int i = 0; i < timers; i++) {
            int which = i;
            // The same order at every run, and not that of the deadlines.
            long deadline = first + spread * (i * 7919L % timers) / timers;
            kept[i] = timer.arm(Math.max(1, deadline - System.nanoTime()), () -> {
                lateness[which] = System.nanoTime() - deadline;
                called.countDown();
            });
        }
        if (System.nanoTime() > first) {
            throw new IllegalStateException("the first deadline passed before all were armed");
        }
        called.await();
        return lateness;
    }

    /// Calls back in some nanoseconds.
    private interface Timer {

        /// @return what must stay reachable
        Object arm(long nanos, Runnable callback);
    }

    private static Timer timer(Peer peer) {
        return switch (peer) {
            case RIPCORD -> ripcord();
            case GRPC -> grpc();
            case FUTURE ->
                (nanos, callback) -> new CompletableFuture<String>()
                        .orTimeout(nanos, TimeUnit.NANOSECONDS)
                        .whenComplete((value, error) -> callback.run());
            case POOL -> pool();
            case WHEEL -> wheel();
            default -> throw new IllegalArgumentException(peer + " has no timers of its own");
        };
    }

    private static Timer ripcord() {
        Context parent = Context.background().withCancel();
        return (nanos, callback) -> {
            Context scope = parent.withTimeout(Duration.ofNanos(nanos));
            scope.afterFunc(callback);
            return scope;
        };
    }

    private static Timer grpc() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1);
        Executor threads = Thread::startVirtualThread;
        return (nanos, callback) -> {
            io.grpc.Context scope = io.grpc.Context.ROOT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS, pool);
            scope.addListener(context -> callback.run(), threads);
            return scope;
        };
    }

    private static Timer pool() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1);
        return (nanos, callback) -> pool.schedule(callback, nanos, TimeUnit.NANOSECONDS);
    }

    private static Timer wheel() {
        HashedWheelTimer wheel = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);
        return (nanos, callback) -> wheel.newTimeout(timeout -> callback.run(), nanos, TimeUnit.NANOSECONDS);
    }
}
