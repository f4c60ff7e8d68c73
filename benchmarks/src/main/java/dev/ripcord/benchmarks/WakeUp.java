package dev.ripcord.benchmarks;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Row 13: from `cancel` until a virtual thread that waits for it runs.
final class WakeUp {

    private static final int TIMES = 2000;
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(50);

    private WakeUp() {}

    /// Prints a round a line.
    ///
    /// @param arguments the peer, and the number of rounds
    public static void main(String[] arguments) throws InterruptedException {
        Peer peer = Peer.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        for (int round = 0; round <= rounds; round++) {
            long[] nanos = new long[TIMES];
            for (int i = 0; i < TIMES; i++) {
                nanos[i] = once(pair(peer));
            }
            if (round > 0) {
                Probes.printPercentiles(WakeUp.class, nanos, 1e3);
            }
        }
    }

    private static long once(Pair pair) throws InterruptedException {
        long[] woken = new long[1];
        Thread waiter = Thread.startVirtualThread(() -> {
            pair.waiting.run();
            woken[0] = System.nanoTime();
        });
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(PAUSE);
        long start = System.nanoTime();
        pair.ending.run();
        waiter.join();
        return woken[0] - start;
    }

    /// What to wait for, and what ends the waiting.
    private record Pair(Runnable waiting, Runnable ending) {}

    private static Pair pair(Peer peer) {
        return switch (peer) {
            case RIPCORD -> {
                CancellableContext scope = Context.background().withCancel();
                yield new Pair(() -> uninterrupted(scope.done()::await), scope::cancel);
            }
            case GRPC -> {
                io.grpc.Context.CancellableContext scope = io.grpc.Context.ROOT.withCancellation();
                CountDownLatch latch = new CountDownLatch(1);
                scope.addListener(context -> latch.countDown(), Runnable::run);
                yield new Pair(() -> uninterrupted(latch::await), () -> scope.cancel(null));
            }
            case FUTURE -> {
                CompletableFuture<String> future = new CompletableFuture<>();
                yield new Pair(future::join, () -> future.complete("done"));
            }
            default -> throw new IllegalArgumentException(peer + " is not measured here");
        };
    }

    private interface Waiting {

        void await() throws InterruptedException;
    }

    private static void uninterrupted(Waiting waiting) {
        try {
            waiting.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }
}
