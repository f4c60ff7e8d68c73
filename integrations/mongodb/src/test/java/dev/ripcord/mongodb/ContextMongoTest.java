package dev.ripcord.mongodb;

import static com.mongodb.client.model.Filters.eq;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoClientSettings;
import com.mongodb.MongoInterruptedException;
import com.mongodb.MongoOperationTimeoutException;
import com.mongodb.MongoWriteException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.Key;
import dev.ripcord.testkit.Gate;
import dev.ripcord.testkit.ManualClock;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bson.Document;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [ContextMongo]: what ends with the context, and what is left of it.
///
/// More rounds of calls that end at random: `-Dripcord.races=20000`.
@SuppressWarnings("NullAway") // which does not infer that an operation may return null
class ContextMongoTest {

    private static final int ROUNDS = Integer.getInteger("ripcord.races", 300);

    private final TestServer server = new TestServer();
    private final MongoCollection<Document> collection =
            server.client().getDatabase("shop").getCollection("users");
    private final ContextMongo<MongoCollection<Document>> users = ContextMongo.of(collection);

    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");

    @BeforeEach
    void thereAreTenUsers() {
        collection.insertMany(IntStream.range(0, 10)
                .mapToObj(id -> new Document("_id", id).append("name", "user" + id))
                .toList());
        server.sent.clear();
    }

    @AfterEach
    void thePoolIsWholeAndUsable() {
        server.proxy().release();
        assertThat(name(Context.background(), 7)).isEqualTo("user7");
        TestServer.await("all given back", () -> server.inUse.get() == 0);
        server.close();
    }

    private @Nullable String name(Context ctx, int id) {
        return users.call(ctx, users -> {
            Document user = users.find(eq("_id", id)).first();
            return user == null ? null : user.getString("name");
        });
    }

    /// Cancels the context once the answer to `command` is being kept back.
    private Job cancelOnceHeld(String command) {
        return Threads.PLATFORM.start(() -> {
            server.awaitHeld(command);
            ctx.cancel(why);
        });
    }

    /// Calls on a thread of that kind what ends with the context, for that reason.
    private void assertIsCancelled(Threads threads, Consumer<Context> call) {
        threads.start(() -> {
                    assertThatThrownBy(() -> call.accept(ctx))
                            .isInstanceOf(CancelledException.class)
                            .hasCause(why);
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                })
                .join();
    }

    @Nested
    class AnOperation {

        @ParameterizedTest
        @EnumSource
        void endsWhenTheContextIsCancelled(Threads threads) {
            server.proxy().hold();
            Job canceller = cancelOnceHeld("find");

            assertIsCancelled(threads, ctx -> name(ctx, 7));

            canceller.join();
        }

        @ParameterizedTest
        @EnumSource
        void endsWhenItsDeadlinePasses(Threads threads) {
            server.proxy().hold();

            threads.start(() -> {
                        try (var call = ctx.withTimeout(Duration.ofMillis(200), "user lookup")) {
                            assertThatThrownBy(() -> name(call, 7))
                                    .isInstanceOf(DeadlineExceededException.class)
                                    .hasMessageStartingWith("deadline exceeded: user lookup 200ms, ");
                        }
                    })
                    .join();
        }

        @Test
        void givesItsResultIfTheContextGoesOn() {
            assertThat(name(ctx, 7)).isEqualTo("user7");
            assertThat(name(ctx, 11)).isNull();
        }

        @Test
        void tellsTheServerHowLongItMayTake() {
            try (var call = ctx.withTimeout(Duration.ofSeconds(20))) {
                name(call, 7);
            }

            assertThat(server.told.get()).isBetween(10_000L, 20_000L);
        }

        @Test
        void isNotSentAfterTheEnd() {
            ctx.cancel(why);

            assertIsCancelled(Threads.PLATFORM, ctx -> name(ctx, 7));

            assertThat(server.sent).isEmpty();
        }

        @Test
        void failsAsTheServerSays() {
            assertThatThrownBy(() -> users.call(ctx, users -> users.insertOne(new Document("_id", 7))))
                    .isInstanceOf(MongoWriteException.class)
                    .hasMessageContaining("duplicate key");
        }

        @Test
        void failsAsItsCodeSays() {
            AssertionError error = new AssertionError("mine");

            assertThatThrownBy(() -> users.call(ctx, users -> {
                        throw error;
                    }))
                    .isSameAs(error);
        }

        @Test
        void hasATimeoutOfItsOwnWhichStaysThat() {
            server.proxy().hold();
            ContextMongo<MongoCollection<Document>> hasty = ContextMongo.of(collection.withTimeout(50, MILLISECONDS));

            try (var call = ctx.withTimeout(Duration.ofMinutes(1))) {
                assertThatThrownBy(() -> hasty.call(call, users -> users.countDocuments()))
                        .isInstanceOf(MongoOperationTimeoutException.class);
            }
        }

        /// With the time of the context, since the answer of the server takes some of it.
        @Test
        void thatTheDriverEndsALittleEarlyWaitsForItsDeadline() {
            ManualClock clock = new ManualClock();
            Job job = Threads.PLATFORM.start(() -> {
                try (var call = clock.root().withTimeout(Duration.ofMillis(80), "user lookup")) {
                    assertThatThrownBy(() -> timesOut(users, call))
                            .isInstanceOf(DeadlineExceededException.class)
                            .satisfies(e -> assertThat(e.getSuppressed())
                                    .hasExactlyElementsOfTypes(MongoOperationTimeoutException.class));
                }
            });
            clock.awaitWaiting(1);

            clock.advance(Duration.ofMillis(80));

            job.join();
        }

        @Test
        void thatItsOwnTimeoutEndsWaitsForNothing() {
            ContextMongo<MongoCollection<Document>> hasty = ContextMongo.of(collection.withTimeout(50, MILLISECONDS));

            try (var call = new ManualClock().root().withTimeout(Duration.ofMillis(80))) {
                assertThatThrownBy(() -> timesOut(hasty, call)).isInstanceOf(MongoOperationTimeoutException.class);
            }
        }

        private void timesOut(ContextMongo<MongoCollection<Document>> users, Context ctx) {
            users.call(ctx, any -> {
                throw new MongoOperationTimeoutException("Operation exceeded the timeout limit");
            });
        }

        @ParameterizedTest
        @EnumSource
        void isInterruptedLikeTheDriversOwn(Threads threads) {
            server.proxy().hold();

            Job job = threads.start(() -> {
                assertThatThrownBy(() -> name(ctx, 7)).isInstanceOf(MongoInterruptedException.class);
                assertThat(Thread.interrupted()).isTrue();
            });
            server.awaitHeld("find");
            job.thread().interrupt();

            job.join();
        }

        @ParameterizedTest
        @EnumSource
        void thatEndsAtRandomLeavesNothingBehind(Threads threads) throws InterruptedException {
            long seed = System.nanoTime();
            Random random = new Random(seed);

            Job job = threads.start(() -> {
                int ended = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    try (var call = ctx.withTimeout(Duration.ofNanos(random.nextInt(2_000_000)))) {
                        assertThat(name(call, 7)).isEqualTo("user7");
                    } catch (ContextException e) {
                        ended++;
                    }
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    assertThat(name(ctx, 8))
                            .as("round %d, seed %d", round, seed)
                            .isEqualTo("user8");
                }
                assertThat(ended).as("ended, seed %d", seed).isBetween(1, ROUNDS);
            });

            job.thread().join(Duration.ofSeconds(100));
            job.join();
        }
    }

    @Nested
    class AWait {

        @ParameterizedTest
        @EnumSource
        void forAServerEnds(Threads threads) {
            try (MongoClient nobody = MongoClients.create(MongoClientSettings.builder()
                    .applyToClusterSettings(cluster -> cluster.serverSelectionTimeout(60_000, MILLISECONDS))
                    .build())) {
                ContextMongo<MongoCollection<Document>> unreachable =
                        ContextMongo.of(nobody.getDatabase("shop").getCollection("users"));
                Gate waits = new Gate();
                Job canceller = Threads.PLATFORM.start(() -> {
                    waits.await();
                    ctx.cancel(why);
                });

                assertIsCancelled(
                        threads,
                        ctx -> unreachable.call(ctx, users -> {
                            waits.open();
                            return users.countDocuments();
                        }));

                canceller.join();
            }
        }

        @ParameterizedTest
        @EnumSource
        void forAConnectionEnds(Threads threads) {
            server.proxy().hold();
            Job holder = Threads.PLATFORM.start(() -> collection.find().first());
            TestServer.await("all are in use", () -> server.inUse.get() == TestServer.POOL);
            Gate waits = new Gate();
            Job canceller = Threads.PLATFORM.start(() -> {
                waits.await();
                ctx.cancel(why);
            });

            assertIsCancelled(
                    threads,
                    ctx -> users.call(ctx, users -> {
                        waits.open();
                        return users.countDocuments();
                    }));

            canceller.join();
            server.proxy().release();
            holder.join();
        }
    }

    @Nested
    class ACursor {

        @ParameterizedTest
        @EnumSource
        void endsInItsNextBatch(Threads threads) {
            Job canceller = cancelOnceHeld("getMore");

            assertIsCancelled(
                    threads,
                    ctx -> users.call(ctx, users -> {
                        try (MongoCursor<Document> cursor =
                                users.find().batchSize(2).cursor()) {
                            cursor.next();
                            server.proxy().hold();
                            cursor.forEachRemaining(Objects::requireNonNull);
                            return null;
                        }
                    }));

            canceller.join();
        }

        @ParameterizedTest
        @EnumSource
        void ofChangesEnds(Threads threads) {
            Job canceller = Threads.PLATFORM.start(() -> {
                TestServer.await("it asks for more", () -> server.sent.contains("getMore"));
                ctx.cancel(why);
            });

            assertIsCancelled(
                    threads,
                    ctx -> users.call(ctx, users -> {
                        try (var changes = users.watch().cursor()) {
                            return changes.next();
                        }
                    }));

            canceller.join();
        }
    }

    /// The server of the tests has none: what is asserted is what the driver asks of it.
    @Nested
    class ATransaction {

        private void insert(Context ctx, Runnable meanwhile) {
            ContextMongo.inTransaction(ctx, server.client(), session -> {
                collection.insertOne(session, new Document("_id", 11));
                meanwhile.run();
                return collection.countDocuments(session);
            });
        }

        @Test
        void isCommittedIfTheContextGoesOn() {
            try (var call = ctx.withTimeout(Duration.ofMinutes(1))) {
                insert(call, () -> {});
            }

            assertThat(server.sent).containsExactly("insert", "aggregate", "commitTransaction");
        }

        @ParameterizedTest
        @EnumSource
        void isAbortedWhenTheContextIsCancelled(Threads threads) {
            Job canceller = Threads.PLATFORM.start(() -> {
                server.awaitHeld("aggregate");
                ctx.cancel(why);
                server.proxy().release();
            });

            assertIsCancelled(threads, ctx -> insert(ctx, server.proxy()::hold));

            canceller.join();
            assertThat(server.sent).containsExactly("insert", "aggregate", "abortTransaction");
        }

        @Test
        void isAbortedIfTheContextHasEndedBeforeTheCommit() {
            assertIsCancelled(
                    Threads.PLATFORM,
                    ended -> ContextMongo.inTransaction(ended, server.client(), session -> {
                        long count = collection.countDocuments(session);
                        ctx.cancel(why);
                        return count;
                    }));

            assertThat(server.sent).containsExactly("aggregate", "abortTransaction");
        }

        @ParameterizedTest
        @EnumSource
        void isLeftToAServerThatDoesNotAnswer(Threads threads) {
            Job canceller = cancelOnceHeld("aggregate");

            assertIsCancelled(threads, ctx -> insert(ctx, server.proxy()::hold));

            canceller.join();
        }

        @Test
        void endsWhenItsDeadlinePasses() {
            try (var call = ctx.withTimeout(Duration.ofMillis(300), "rename")) {
                assertThatThrownBy(() -> insert(call, server.proxy()::hold))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: rename 300ms, ");
            }
        }
    }

    @Nested
    class WhatIsHandedOut {

        @Test
        void hasTheTimeThatIsLeft() {
            try (var call = ctx.withTimeout(Duration.ofSeconds(20))) {
                Long millis = users.call(call, users -> users.getTimeout(MILLISECONDS));

                assertThat(millis).isBetween(10_000L, 20_000L);
            }
        }

        @Test
        void hasAMillisecondIfLessIsLeft() {
            try (var call = new ManualClock().root().withTimeout(Duration.ofNanos(1))) {
                Long millis = users.call(call, users -> users.getTimeout(MILLISECONDS));

                assertThat(millis).isEqualTo(1);
            }
        }

        @Test
        void isTheSameIfNoDeadlineIsSooner() {
            MongoCollection<Document> hasty = collection.withTimeout(1, MILLISECONDS);
            try (var call = ctx.withTimeout(Duration.ofMinutes(1))) {
                MongoCollection<Document> own = ContextMongo.of(hasty).call(call, users -> users);
                MongoCollection<Document> untimed = users.call(ctx, users -> users);

                assertThat(own).isSameAs(hasty);
                assertThat(untimed).isSameAs(collection);
            }
        }

        @Test
        void mayBeAClientOrADatabase() {
            MongoClient client = server.client();
            try (var call = ctx.withTimeout(Duration.ofSeconds(20))) {
                Long millis = ContextMongo.of(client)
                        .call(call, mongo -> mongo.getDatabase("shop").getTimeout(MILLISECONDS));
                long count = ContextMongo.of(client.getDatabase("shop"))
                        .call(call, shop -> shop.getCollection("users").countDocuments());

                assertThat(millis).isBetween(10_000L, 20_000L);
                assertThat(count).isEqualTo(10);
            }
        }
    }

    @Nested
    class TheThread {

        private Thread during(Context ctx) {
            return users.call(ctx, users -> Thread.currentThread());
        }

        @Test
        void isTheCallersIfItIsVirtual() {
            Threads.VIRTUAL
                    .start(() -> assertThat(during(ctx)).isSameAs(Thread.currentThread()))
                    .join();
        }

        @Test
        void isTheCallersIfTheContextNeverEnds() {
            assertThat(during(Context.background())).isSameAs(Thread.currentThread());
        }

        @ParameterizedTest
        @EnumSource
        void leavesTheCallerInTheStackOfWhatItThrows(Threads threads) {
            threads.start(this::callsWhatThrows).join();
        }

        private void callsWhatThrows() {
            assertThatThrownBy(() -> users.call(ctx, users -> {
                        throw new IllegalStateException();
                    }))
                    .satisfies(e -> assertThat(e.getStackTrace())
                            .extracting(StackTraceElement::getMethodName)
                            .containsOnlyOnce("callsWhatThrows"));
        }

        @Test
        void isElseAVirtualOneWithTheCurrentContextOfTheCaller() {
            Key<String> tenant = Key.of("tenant", String.class);

            Context.background().withValue(tenant, "acme").run(() -> {
                String seen = users.call(
                        ctx,
                        users -> Thread.currentThread().getName()
                                + Context.current().value(tenant));

                assertThat(seen).isEqualTo("ripcord-mongodbacme");
            });
        }
    }

    @Test
    void theTextNamesWhatItIsOf() {
        assertThat(users).hasToString("ContextMongo(MongoCollectionImpl)");
    }

    @Test
    @NullUnmarked
    void whatIsWrongIsSaid() {
        assertThatNullPointerException()
                .isThrownBy(() -> ContextMongo.of((MongoCollection<Document>) null))
                .withMessage("collection");
        assertThatNullPointerException()
                .isThrownBy(() -> ContextMongo.inTransaction(ctx, server.client(), null))
                .withMessage("body");
        assertThatNullPointerException()
                .isThrownBy(() -> users.call(null, users -> 7))
                .withMessage("ctx");
        assertThatNullPointerException().isThrownBy(() -> users.call(ctx, null)).withMessage("operation");
    }
}
