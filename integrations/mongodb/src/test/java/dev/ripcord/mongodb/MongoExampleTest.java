package dev.ripcord.mongodb;

import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Updates.inc;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The code that the documentation shows.
@SuppressWarnings("NullAway") // which does not infer that an operation may return null
class MongoExampleTest {

    private final TestServer server = new TestServer();
    private final MongoCollection<Document> collection =
            server.client().getDatabase("shop").getCollection("users");
    private final ContextMongo<MongoCollection<Document>> users = ContextMongo.of(collection);

    @AfterEach
    void stop() {
        server.close();
    }

    // @start region="find"
    @Nullable
    Document user(Context ctx, long id) {
        try (var call = ctx.withTimeout(Duration.ofMillis(300), "user lookup")) {
            return users.call(call, users -> users.find(eq("_id", id)).first());
        }
    }
    // @end

    // @start region="cursor"
    List<String> names(Context ctx) {
        return users.call(ctx, users -> {
            List<String> names = new ArrayList<>();
            try (MongoCursor<Document> cursor = users.find().batchSize(100).cursor()) {
                while (cursor.hasNext()) { // asks the server for the next batch, until ctx ends
                    names.add(cursor.next().getString("name"));
                }
            }
            return names;
        });
    }
    // @end

    // @start region="watch"
    void work(Context ctx) {
        users.call(ctx, users -> {
            for (ChangeStreamDocument<Document> change : users.watch()) { // until ctx ends
                process(ctx, change.getFullDocument());
            }
            return null;
        });
    }
    // @end

    // @start region="transaction"
    void move(Context ctx, long from, long to) {
        ContextMongo.inTransaction(ctx, server.client(), session -> {
            collection.updateOne(session, eq("_id", from), inc("balance", -10));
            collection.updateOne(session, eq("_id", to), inc("balance", 10));
            return null;
        });
    }
    // @end

    private final List<@Nullable Document> processed = new ArrayList<>();

    private void process(Context ctx, @Nullable Document user) {
        ctx.throwIfDone();
        processed.add(user);
    }

    @Test
    void theUserIsFound() {
        collection.insertOne(new Document("_id", 7L).append("name", "ada"));

        assertThat(user(Context.background(), 7)).containsEntry("name", "ada");
        assertThat(names(Context.background())).containsExactly("ada");
    }

    @Test
    void theMoneyIsMoved() {
        collection.insertMany(
                List.of(new Document("_id", 7L).append("balance", 100), new Document("_id", 8L).append("balance", 0)));

        move(Context.background().withCancel(), 7, 8);

        assertThat(user(Context.background(), 7)).containsEntry("balance", 90);
        assertThat(user(Context.background(), 8)).containsEntry("balance", 10);
    }

    @Test
    void aLookupThatTakesTooLongEndsWithItsDeadline() {
        user(Context.background(), 7);
        server.proxy().hold();

        assertThatThrownBy(() -> user(Context.background(), 7))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageStartingWith("deadline exceeded: user lookup 300ms, ");
    }

    @Test
    void theWorkEndsWithItsContext() {
        try (var ctx = Context.background().withTimeout(Duration.ofMillis(300), "work")) {
            assertThatThrownBy(() -> work(ctx)).isInstanceOf(DeadlineExceededException.class);
        }

        assertThat(processed).isEmpty();
    }
}
