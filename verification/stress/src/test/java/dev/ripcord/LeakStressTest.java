package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What careless users do, a hundred thousand times below one long-lived parent; the full set does it a million times.
/// Nothing may stay behind: no listener in the parent, no armed timer, no thread, no memory.
class LeakStressTest {

    private static final int TIMES = Integer.getInteger("stress.contexts", 100_000);
    private static final Duration LONG = Duration.ofHours(1);

    /// More than the noise of a heap, and far less than contexts that were kept: each takes at least 40 bytes.
    private static final long NOISE_BYTES = 2_000_000;

    /// With less than this, more collections are not worth their time.
    private static final long SETTLED_BYTES = 100_000;

    /// A way to be careless, and what it leaves.
    interface Carelessness {

        void with(Context parent, int round);
    }

    record Way(String name, Carelessness once) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Way> ways() {
        return Stream.of(
                new Way(
                        "withCancel, never closed",
                        (parent, round) -> parent.withCancel().err()),
                new Way(
                        "withTimeout, never closed",
                        (parent, round) -> parent.withTimeout(LONG).err()),
                new Way("closed twice", (parent, round) -> {
                    var scope = parent.withTimeout(LONG);
                    scope.afterFunc(() -> {});
                    scope.close();
                    scope.close();
                }),
                new Way("callback never stopped, scope closed", (parent, round) -> {
                    try (var scope = parent.withTimeout(LONG)) {
                        scope.withCancel().afterFunc(() -> {});
                    }
                }),
                new Way(
                        "callback stopped, scope never closed",
                        (parent, round) ->
                                parent.withTimeout(LONG).afterFunc(() -> {}).stop()),
                new Way(
                        "callback never stopped, scope never closed, until its deadline",
                        (parent, round) ->
                                parent.withTimeout(Duration.ofMillis(1)).afterFunc(() -> {})),
                new Way(
                        "merged with the long-lived parent, callback never stopped, request closed",
                        (parent, round) -> {
                            try (var request = Context.background().withTimeout(LONG)) {
                                Context.anyOf(request, parent).afterFunc(() -> {});
                            }
                        }),
                new Way("merged with the long-lived parent, listener stopped", (parent, round) -> {
                    Context request = Context.background().withTimeout(LONG);
                    Context.anyOf(request, parent).afterFunc(() -> {}).stop();
                }),
                new Way(
                        "merged with the long-lived parent, only asked",
                        (parent, round) -> Context.anyOf(Context.background().withCancel(), parent)
                                .err()),
                new Way(
                        "detached, never closed",
                        (parent, round) ->
                                parent.withoutCancel().withTimeout(LONG).err()),
                new Way("a deep line, only asked", (parent, round) -> {
                    if (round % 20 == 0) {
                        Race.chain(parent.withCancel(), 20).err();
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingStaysBehind(Way way) {
        try (var server = Context.background().withCancel()) {
            Leak leak = Leak.of(server, TIMES, way.once);
            Findings.add(
                    "LeakStressTest: %s, %,d times".formatted(way, TIMES),
                    "%d listeners, %d timers, %d threads, %,d bytes"
                            .formatted(
                                    leak.listeners(),
                                    leak.timers(),
                                    leak.threads().size(),
                                    leak.bytes()));

            assertThat(leak.listeners()).as("listeners of the parent").isZero();
            assertThat(leak.timers()).as("armed timers").isZero();
            assertThat(leak.threads()).as("threads that were not there before").isEmpty();
            assertThat(leak.bytes()).as("bytes of the heap").isLessThan(NOISE_BYTES);
        }
    }

    /// What was left behind.
    ///
    /// @param listeners in the parent's list
    /// @param timers armed on the JVM's clock
    /// @param threads of ours that started and still run, but for the timer's
    /// @param bytes by which the heap has grown
    record Leak(int listeners, int timers, List<String> threads, long bytes) {

        static Leak of(CancellableContext parent, int times, Carelessness once) {
            for (int i = 0; i < 1_000; i++) {
                once.with(parent, i);
            }
            long before = usedBytes();
            for (int i = 0; i < times; i++) {
                once.with(parent, i);
            }
            long after = usedBytes();
            // The callbacks that were started have to finish, and the collector hands over what it found when it likes.
            for (int i = 0; i < 100 && (after - before > SETTLED_BYTES || Insides.listeners(parent) != 0); i++) {
                after = usedBytes();
            }
            return new Leak(
                    Insides.listeners(parent), Insides.systemTimers(), runningThreads(), Math.max(0, after - before));
        }

        /// Collects garbage; listening lets go of what was found.
        private static long usedBytes() {
            System.gc();
            Context.background().withCancel().afterFunc(() -> {}).stop();
            Runtime runtime = Runtime.getRuntime();
            return runtime.totalMemory() - runtime.freeMemory();
        }

        private static List<String> runningThreads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.startsWith("ripcord-") && !name.equals("ripcord-timer"))
                    .toList();
        }
    }
}
