package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import dev.ripcord.Key;
import io.netty.util.HashedWheelTimer;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kotlin.Unit;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.JobKt;
import org.jspecify.annotations.Nullable;

/// Row 8: what a live context keeps on the heap, by the growth of the heap through a million of them.
@SuppressWarnings("FutureReturnValueIgnored") // they are kept until they are counted
final class LiveBytes {

    private static final int COUNT = 1_000_000;
    private static final int WARMUP = 1000;
    private static final Duration HOUR = Duration.ofHours(1);

    private LiveBytes() {}

    /// Prints a line for each kind.
    ///
    /// @param arguments the peer
    public static void main(String[] arguments) {
        for (Map.Entry<String, Supplier<Object>> kind :
                kinds(Peer.of(arguments[0])).entrySet()) {
            double bytes = bytes(kind.getValue());
            Probes.print(LiveBytes.class, "/node=" + kind.getKey(), "%.0f bytes".formatted(bytes));
        }
        System.exit(0);
    }

    private static double bytes(Supplier<Object> maker) {
        @Nullable Object[] kept = new @Nullable Object[COUNT];
        try {
            for (int i = 0; i < WARMUP; i++) {
                kept[i] = maker.get();
            }
            long before = used();
            for (int i = WARMUP; i < COUNT; i++) {
                kept[i] = maker.get();
            }
            return (used() - before) / (double) (COUNT - WARMUP);
        } finally {
            Reference.reachabilityFence(kept);
        }
    }

    private static long used() {
        // Twice, for what the first collection hands to reference queues.
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static Map<String, Supplier<Object>> kinds(Peer peer) {
        return switch (peer) {
            case RIPCORD -> ripcord();
            case GRPC -> grpc();
            case KOTLIN -> kotlin();
            case FUTURE ->
                of(
                        "deadline", () -> new CompletableFuture<String>().orTimeout(1, TimeUnit.HOURS),
                        "timer",
                                () -> {
                                    CompletableFuture<String> future = new CompletableFuture<>();
                                    future.orTimeout(1, TimeUnit.HOURS).whenComplete((value, error) -> nothing());
                                    return future;
                                });
            case POOL -> {
                ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1);
                yield Map.of("timer", () -> pool.schedule(LiveBytes::nothing, 1, TimeUnit.HOURS));
            }
            case WHEEL -> {
                HashedWheelTimer wheel = new HashedWheelTimer();
                yield Map.of("timer", () -> wheel.newTimeout(timeout -> nothing(), 1, TimeUnit.HOURS));
            }
            default -> throw new IllegalArgumentException(peer + " is not measured here");
        };
    }

    private static Map<String, Supplier<Object>> ripcord() {
        Context parent = Context.background().withCancel();
        Context listened = Context.background().withCancel();
        Key<String> key = Key.of("key", String.class);
        Map<String, Supplier<Object>> kinds = new LinkedHashMap<>();
        kinds.put("cancel", parent::withCancel);
        kinds.put("deadline", () -> parent.withTimeout(HOUR));
        kinds.put("value", () -> parent.withValue(key, "value"));
        kinds.put("callback", () -> listened.afterFunc(LiveBytes::nothing));
        kinds.put("timer", () -> {
            Context scope = parent.withTimeout(HOUR);
            scope.afterFunc(LiveBytes::nothing);
            return scope;
        });
        return kinds;
    }

    private static Map<String, Supplier<Object>> grpc() {
        io.grpc.Context parent = io.grpc.Context.ROOT.withCancellation();
        io.grpc.Context listened = io.grpc.Context.ROOT.withCancellation();
        io.grpc.Context.Key<String> key = io.grpc.Context.key("key");
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        Map<String, Supplier<Object>> kinds = new LinkedHashMap<>();
        kinds.put("cancel", parent::withCancellation);
        kinds.put("deadline", () -> parent.withDeadlineAfter(1, TimeUnit.HOURS, timer));
        kinds.put("value", () -> parent.withValue(key, "value"));
        kinds.put("callback", () -> {
            io.grpc.Context.CancellationListener listener = context -> nothing();
            listened.addListener(listener, Runnable::run);
            return listener;
        });
        kinds.put("timer", () -> {
            io.grpc.Context scope = parent.withDeadlineAfter(1, TimeUnit.HOURS, timer);
            scope.addListener(context -> nothing(), Runnable::run);
            return scope;
        });
        return kinds;
    }

    private static Map<String, Supplier<Object>> kotlin() {
        CompletableJob parent = JobKt.Job(null);
        CompletableJob listened = JobKt.Job(null);
        return of(
                "cancel",
                () -> JobKt.Job(parent),
                "callback",
                () -> listened.invokeOnCompletion(error -> {
                    nothing();
                    return Unit.INSTANCE;
                }));
    }

    private static Map<String, Supplier<Object>> of(
            String first, Supplier<Object> firstMaker, String second, Supplier<Object> secondMaker) {
        Map<String, Supplier<Object>> kinds = new LinkedHashMap<>();
        kinds.put(first, firstMaker);
        kinds.put(second, secondMaker);
        return kinds;
    }

    private static void nothing() {}
}
