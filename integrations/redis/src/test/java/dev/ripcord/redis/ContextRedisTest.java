package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.redis.Client.Calls;
import dev.ripcord.redis.Client.Command;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;

/// [ContextLettuce] and [ContextJedis].
class ContextRedisTest {

    /// No server that lives takes that long.
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final int ROUNDS = Integer.getInteger("ripcord.races", 300);

    private final RedisServer server = RedisServer.shared();
    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");

    @BeforeEach
    void thereIsAStreamAndAString() {
        try (Jedis admin = server.admin()) {
            admin.flushDB();
            admin.set("name", "ada");
            admin.xgroupCreate("stream", "group", null, true);
        }
    }

    @AfterEach
    void nothingIsBlocked() {
        server.awaitBlocked(0);
    }

    @Nested
    class ACommand {

        @ParameterizedTest
        @CsvSource({"LETTUCE, PLATFORM", "LETTUCE, VIRTUAL", "JEDIS, PLATFORM", "JEDIS, VIRTUAL"})
        void answers(Client client, Threads threads) {
            try (Calls redis = client.connect(server, GRACE)) {
                threads.start(() -> {
                            assertThat(redis.get(ctx, "name")).isEqualTo("ada");
                            assertThat(redis.get(Context.background(), "name")).isEqualTo("ada");
                            assertThat(redis.get(ctx, "none")).isNull();
                        })
                        .join();
            }
        }

        @ParameterizedTest
        @EnumSource
        void isNotSentIfTheContextHasEnded(Client client) {
            ctx.cancel(why);
            try (Calls redis = client.connect(server, GRACE)) {
                assertThatThrownBy(() -> redis.get(ctx, "name"))
                        .isInstanceOf(CancelledException.class)
                        .hasCause(why);
                assertThatThrownBy(() -> redis.pop(ctx, Duration.ZERO, "none"))
                        .isInstanceOf(CancelledException.class)
                        .hasCause(why);
            }
        }

        @Test
        void failsAsTheServerSays() {
            try (Calls lettuce = Client.LETTUCE.connect(server, GRACE);
                    Calls jedis = Client.JEDIS.connect(server, GRACE)) {
                assertThatThrownBy(() -> lettuce.get(ctx, "stream"))
                        .isInstanceOf(RedisCommandExecutionException.class)
                        .hasMessageStartingWith("WRONGTYPE");
                assertThatThrownBy(() -> lettuce.pop(ctx, Duration.ZERO, "name"))
                        .isInstanceOf(RedisCommandExecutionException.class)
                        .hasMessageStartingWith("WRONGTYPE");
                assertThatThrownBy(() -> jedis.get(ctx, "stream"))
                        .isInstanceOf(JedisDataException.class)
                        .hasMessageStartingWith("WRONGTYPE");
            }
        }
    }

    @Nested
    class ABlockingCommand {

        @ParameterizedTest
        @EnumSource
        void ofLettuceEndsInTheServerAndLeavesItsConnectionUsable(Command command) {
            endsInTheServer(Client.LETTUCE, command);
        }

        @ParameterizedTest
        @EnumSource
        void ofJedisEndsInTheServerAndLeavesItsConnectionUsable(Command command) {
            endsInTheServer(Client.JEDIS, command);
        }

        private void endsInTheServer(Client client, Command command) {
            try (Calls redis = client.connect(server, GRACE)) {
                for (Threads threads : Threads.values()) {
                    CancellableContext call = ctx.withCancel();
                    Job job = threads.start(() -> assertThatThrownBy(() -> redis.block(call, Duration.ZERO, command))
                            .isInstanceOf(CancelledException.class)
                            .hasCause(why)
                            .satisfies(e -> assertThat(e.getSuppressed())
                                    .singleElement()
                                    .asString()
                                    .contains("UNBLOCKED")));
                    server.awaitBlocked(1);
                    long connected = server.connected();

                    call.cancel(why);

                    job.join();
                    assertThat(server.blocked()).isZero();
                    assertThat(redis.pop(ctx, Duration.ofMillis(1), "none")).isNull();
                    assertThat(server.connected()).isEqualTo(connected);
                }
            }
        }

        @ParameterizedTest
        @EnumSource
        void endsAtTheDeadline(Client client) {
            try (Calls redis = client.connect(server, GRACE);
                    var call = ctx.withTimeout(Duration.ofMillis(100), "next job")) {
                assertThatThrownBy(() -> redis.pop(call, Duration.ofMinutes(1), "none"))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: next job 100ms, ");
            }
        }

        @ParameterizedTest
        @EnumSource
        void endsAfterItsOwnTimeoutWithNothing(Client client) {
            try (Calls redis = client.connect(server, GRACE)) {
                assertThat(redis.pop(ctx, Duration.ofMillis(10), "none")).isNull();
            }
        }

        @ParameterizedTest
        @EnumSource
        void returnsWhatItPops(Client client) {
            try (Calls redis = client.connect(server, GRACE);
                    Jedis admin = server.admin()) {
                Job job = Threads.VIRTUAL.start(
                        () -> assertThat(redis.pop(ctx, Duration.ZERO, "jobs")).isEqualTo("one"));
                server.awaitBlocked(1);

                admin.rpush("jobs", "one");

                job.join();
            }
        }

        /// What is pushed just when the context ends is either returned or still in the list; and what ends one call
        /// never ends the next.
        @ParameterizedTest
        @EnumSource
        void losesNoElementAndLeavesNoUnblockBehind(Client client) throws InterruptedException {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            int ended = 0;
            int returned = 0;
            int lead = 0; // of the cancel before the element, in spins: more if the call returned one, else less
            try (Calls redis = client.connect(server, GRACE);
                    Jedis admin = server.admin()) {
                for (int round = 0; round < ROUNDS; round++) {
                    Threads threads = round % 2 == 0 ? Threads.PLATFORM : Threads.VIRTUAL;
                    CancellableContext call = ctx.withCancel();
                    AtomicInteger popped = new AtomicInteger();
                    Job job = threads.start(() -> {
                        try {
                            assertThat(redis.pop(call, Duration.ZERO, "jobs")).isEqualTo("job");
                            popped.incrementAndGet();
                        } catch (CancelledException e) {
                            // the end
                        }
                    });
                    RealTime.await("blocked", () -> server.blocked() == 1);
                    int late = Math.max(0, -lead);
                    CountDownLatch begun = new CountDownLatch(1);
                    Job canceller = threads.start(() -> {
                        begun.countDown();
                        spin(late);
                        call.cancel(why);
                    });
                    begun.await();
                    spin(lead);
                    admin.rpush("jobs", "job");
                    canceller.join();
                    job.join();

                    long left = admin.llen("jobs");
                    ended += (int) left;
                    returned += popped.get();
                    lead += (popped.get() == 1 ? 1 : -1) * random.nextInt(2_000);
                    assertThat(popped.get() + left)
                            .as("elements, in round %d, seed %d", round, seed)
                            .isEqualTo(1);
                    admin.del("jobs");
                    Job next = threads.start(() ->
                            assertThat(redis.pop(ctx, Duration.ZERO, "next")).isEqualTo("unharmed"));
                    server.awaitBlocked(1);
                    admin.rpush("next", "unharmed");
                    next.join();
                }
            }
            assertThat(ended).as("calls that ended without an element").isPositive();
            assertThat(returned).as("calls that returned one").isPositive();
        }

        private static void spin(int times) {
            for (int i = 0; i < times; i++) {
                Thread.onSpinWait();
            }
        }

        @ParameterizedTest
        @CsvSource({"LETTUCE, PLATFORM", "LETTUCE, VIRTUAL", "JEDIS, PLATFORM", "JEDIS, VIRTUAL"})
        void endsHoweverEarlyTheContextDoes(Client client, Threads threads) {
            try (Calls redis = client.connect(server, GRACE)) {
                threads.start(() -> {
                            for (int micros = 0; micros < 300; micros += 3) {
                                try (var call = ctx.withTimeout(Duration.ofNanos(micros * 1_000L))) {
                                    assertThatThrownBy(() -> redis.pop(call, Duration.ofMinutes(1), "none"))
                                            .as("after %d µs", micros)
                                            .isInstanceOf(DeadlineExceededException.class);
                                }
                            }
                        })
                        .join();
            }
        }
    }

    @Nested
    class Jedises {

        @ParameterizedTest
        @EnumSource
        void waitForAConnectionUntilTheContextEnds(Threads threads) {
            try (RedisClient client = server.jedis(1);
                    var held = client.getPool().getResource()) {
                ContextJedis redis = ContextJedis.of(client);
                Job job = threads.start(() -> assertThatThrownBy(() -> redis.call(ctx, jedis -> jedis.get("name")))
                        .isInstanceOf(CancelledException.class)
                        .hasCause(why));
                RealTime.await("a waiter", () -> client.getPool().getNumWaiters() == 1);

                ctx.cancel(why);

                job.join();
                assertThat(job.thread().isInterrupted()).isFalse();
                assertThat(held.isConnected()).isTrue();
                assertThat(client.getPool().getNumActive()).isEqualTo(1);
            }
        }

        @Test
        void areNotGivenBackByAUserWhoClosesThem() {
            try (RedisClient client = server.jedis(1)) {
                String name = ContextJedis.of(client).call(ctx, jedis -> {
                    String got = jedis.get("name");
                    jedis.close();
                    return got;
                });

                assertThat(name).isEqualTo("ada");
                assertThat(client.getPool().getNumActive()).isZero();
                assertThat(client.get("name")).isEqualTo("ada");
            }
        }

        @Test
        void leaveTheExceptionsOfTheUserAlone() {
            try (RedisClient client = server.jedis(1)) {
                assertThatThrownBy(() -> ContextJedis.of(client).call(ctx, jedis -> {
                            ctx.cancel(why);
                            throw new IllegalStateException("mine");
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("mine");
                assertThat(client.getPool().getNumIdle()).isEqualTo(1);
            }
        }
    }

    @Nested
    class Lettuces {

        @Test
        void keepTheirOwnTimeout() {
            try (Jedis admin = server.admin()) {
                var client = server.lettuce(Duration.ofMillis(50));
                try (var redis = ContextLettuce.of(client)) {
                    admin.clientPause(500);

                    assertThatThrownBy(() -> redis.call(ctx, commands -> commands.get("name")))
                            .isInstanceOf(RedisCommandTimeoutException.class);
                } finally {
                    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
                }
            }
        }

        @Test
        void doNotUseAConnectionAgainThatTheServerHasClosed() {
            var client = server.lettuce();
            try (var redis = ContextLettuce.of(client);
                    Jedis admin = server.admin()) {
                long first = redis.block(ctx, (commands, limit) -> commands.clientId());
                assertThat((long) redis.<Long>block(ctx, (commands, limit) -> commands.clientId()))
                        .isEqualTo(first);

                admin.clientKill(new redis.clients.jedis.params.ClientKillParams().id(Long.toString(first)));

                RealTime.await("another connection", () -> {
                    long id = redis.block(ctx, (commands, limit) -> commands.clientId());
                    return id != first;
                });
                Job job = Threads.VIRTUAL.start(() -> assertThatThrownBy(
                                () -> redis.block(ctx, (commands, limit) -> commands.blpop(0, "none")))
                        .isInstanceOf(CancelledException.class));
                server.awaitBlocked(1);
                ctx.cancel(why);
                job.join();
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
            }
        }

        @Test
        void closeAllTheirConnections() {
            long before = server.connected();
            var client = server.lettuce();
            var redis = ContextLettuce.of(client);
            redis.block(ctx, (commands, limit) -> commands.clientId());
            assertThat(server.connected()).isEqualTo(before + 2);

            redis.close();

            RealTime.await("closed", () -> server.connected() == before);
            client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        }
    }

    @Nested
    class WhatIsWrong {

        @Test
        @NullUnmarked
        void isSaid() {
            try (RedisClient client = server.jedis(1)) {
                ContextJedis jedis = ContextJedis.of(client);
                assertThatThrownBy(() -> jedis.withGrace(Duration.ofSeconds(-1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("grace < 0: PT-1S");
                assertThatThrownBy(() -> jedis.block(ctx, Duration.ofSeconds(-2), (commands, limit) -> "x"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("timeout < 0: PT-2S");
                assertThatNullPointerException()
                        .isThrownBy(() -> jedis.call(null, commands -> "x"))
                        .withMessage("ctx");
                assertThat(jedis).hasToString("ContextJedis(grace PT1S)");
            }
        }
    }
}
