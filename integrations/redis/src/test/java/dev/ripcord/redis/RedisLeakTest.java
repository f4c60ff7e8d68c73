package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Deadline;
import dev.ripcord.redis.Client.Calls;
import dev.ripcord.redis.Client.Command;
import dev.ripcord.spi.ForeignContext;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;

/// What calls that end at random leave behind: nothing.
///
/// More calls: `-Dripcord.calls=20000`.
class RedisLeakTest {

    private static final int CALLS = Integer.getInteger("ripcord.calls", 1_200);

    /// More than the pool of Jedis has connections, so that some wait for one.
    private static final int AT_A_TIME = 12;

    private final RedisServer server = RedisServer.shared();
    private final Listened foreign = new Listened();
    private final Context ctx = Context.of(foreign);

    @ParameterizedTest
    @CsvSource({"LETTUCE, PLATFORM", "LETTUCE, VIRTUAL", "JEDIS, PLATFORM", "JEDIS, VIRTUAL"})
    void callsThatEndAtRandomLeaveNoClientBlockedNoConnectionNoThreadAndNoRegistration(Client client, Threads threads) {
        long seed = System.nanoTime();
        try (Jedis admin = server.admin()) {
            admin.flushDB();
            admin.xgroupCreate("stream", "group", null, true);
        }
        try (Calls redis = client.connect(server, Duration.ofSeconds(10))) {
            redis.pop(ctx, Duration.ofMillis(1), "none");
            Set<String> before = threads();

            int ended = endAtRandom(redis, threads, seed);

            assertThat(ended).as("calls that ended, seed %d", seed).isGreaterThan(CALLS / 2);
            assertThat(foreign.listeners).as("listeners, seed %d", seed).hasValue(0);
            assertThat(server.blocked()).as("blocked clients, seed %d", seed).isZero();
            // Lettuce closes what was cut off in the background
            long kept = client == Client.JEDIS ? Client.POOL : 2L * AT_A_TIME;
            RealTime.await("connections, seed " + seed, () -> server.connected() <= kept);
            assertThat(threads()).as("threads, seed %d", seed).isSubsetOf(before);
            assertThat(redis.pop(ctx, Duration.ofMillis(1), "none")).isNull();
        }
        RealTime.await("all closed", () -> server.connected() == 0);
    }

    private int endAtRandom(Calls redis, Threads threads, long seed) {
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(CALLS);
        Command[] commands = Command.values();
        List<Job> callers = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            Random random = new Random(seed + i);
            callers.add(threads.start(() -> {
                for (int call = left.getAndDecrement(); call > 0; call = left.getAndDecrement()) {
                    try (var scope = ctx.withTimeout(Duration.ofNanos(random.nextInt(5_000_000)))) {
                        if (call % 10 == 0) {
                            redis.get(scope, "name");
                        } else {
                            redis.block(scope, Duration.ZERO, commands[random.nextInt(commands.length)]);
                        }
                    } catch (ContextException e) {
                        ended.incrementAndGet();
                    }
                }
            }));
        }
        callers.forEach(Job::join);
        return ended.get();
    }

    /// The names of the live platform threads; without Ripcord's own, which end when they have been idle for a while,
    /// the JVM's for virtual threads, and those that Lettuce starts when it first needs them.
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.matches("(ripcord-|VirtualThread-|ForkJoinPool|lettuce-|Thread-\\d).*"))
                .filter(name -> !name.matches("(MasterPoller|Common-Cleaner|process reaper).*"))
                .collect(Collectors.toSet());
    }

    /// A foreign context that never ends and counts who listens to it.
    private static final class Listened implements ForeignContext {

        private final AtomicInteger listeners = new AtomicInteger();

        @Override
        public Optional<End> end() {
            return Optional.empty();
        }

        @Override
        public Optional<Deadline> deadline() {
            return Optional.empty();
        }

        @Override
        public Runnable subscribe(Runnable onEnd) {
            listeners.incrementAndGet();
            return listeners::decrementAndGet;
        }
    }
}
