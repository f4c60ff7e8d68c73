package dev.ripcord.mongodb;

import static com.mongodb.client.model.Filters.eq;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoCollection;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.bson.Document;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How long after the end of the context the caller is free whose server does not answer.
///
/// The figures of the guide: `-Dripcord.latencies=1000`.
@SuppressWarnings("NullAway") // which does not infer that an operation may return null
class MongoLatencyTest {

    private static final int COUNT = Integer.getInteger("ripcord.latencies", 20);
    private static final Duration BUDGET = Duration.ofMillis(20);

    @ParameterizedTest
    @EnumSource
    void theCallerIsFreeSoonAfterTheEnd(Threads threads) {
        long[] cancelled = new long[COUNT];
        long[] late = new long[COUNT];
        try (TestServer server = new TestServer()) {
            MongoCollection<Document> collection =
                    server.client().getDatabase("shop").getCollection("users");
            ContextMongo<MongoCollection<Document>> users = ContextMongo.of(collection);
            for (int i = 0; i < COUNT; i++) {
                server.proxy().release();
                collection.find(eq("_id", 7)).first();
                server.sent.clear();
                server.proxy().hold();
                cancelled[i] = cancel(users, threads, server);

                server.proxy().release();
                collection.find(eq("_id", 7)).first();
                server.proxy().hold();
                late[i] = pass(users, threads);
            }
        }
        print(threads + ", after a cancel", cancelled);
        print(threads + ", after a deadline", late);
    }

    private static long cancel(ContextMongo<MongoCollection<Document>> users, Threads threads, TestServer server) {
        CancellableContext ctx = Context.background().withCancel();
        long[] freed = new long[1];
        Job job = threads.start(() -> {
            assertEnds(users, ctx);
            freed[0] = System.nanoTime();
        });
        server.awaitHeld("find");
        long start = System.nanoTime();
        ctx.cancel();
        job.join();
        return freed[0] - start;
    }

    private static long pass(ContextMongo<MongoCollection<Document>> users, Threads threads) {
        long[] late = new long[1];
        threads.start(() -> {
                    try (var ctx = Context.background().withTimeout(BUDGET)) {
                        assertEnds(users, ctx);
                        late[0] = -ctx.deadline().orElseThrow().remaining().toNanos();
                    }
                })
                .join();
        return late[0];
    }

    private static void assertEnds(ContextMongo<MongoCollection<Document>> users, Context ctx) {
        assertThatThrownBy(() ->
                        users.call(ctx, found -> found.find(eq("_id", 7)).first()))
                .isInstanceOf(ContextException.class);
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-32s n=%d p50=%.2f ms p99=%.2f ms max=%.2f ms%n",
                what,
                nanos.length,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length * 99 / 100] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }
}
