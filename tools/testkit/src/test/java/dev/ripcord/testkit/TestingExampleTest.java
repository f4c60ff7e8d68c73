package dev.ripcord.testkit;

import static dev.ripcord.testkit.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Group;
import dev.ripcord.Key;
import dev.ripcord.Registration;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The examples of the guide and of the documentation.
class TestingExampleTest {

    // ------------------------------------------------------------------------------- what is to be tested

    // @start region="refresher"
    /// Reads prices again and again, until its context ends.
    static final class Refresher {

        private final List<String> prices = new CopyOnWriteArrayList<>();

        void run(Context ctx) throws InterruptedException {
            while (true) {
                Blocking.sleep(ctx, Duration.ofMinutes(1));
                prices.add("price " + prices.size());
            }
        }
    }
    // @end region="refresher"

    // @start region="transfer"
    /// Moves money between two accounts, in two steps.
    static final class Bank {

        int ada = 100;
        int bob = 0;

        void transfer(Context ctx, int amount) {
            ctx.throwIfDone();
            ada -= amount;
            try {
                audit(ctx, "took " + amount);
                bob += amount;
            } catch (ContextException e) {
                ada += amount; // without this line the test below fails
                throw e;
            }
        }

        private static void audit(Context ctx, String what) {
            ctx.throwIfDone();
            assertThat(what).isNotEmpty();
        }
    }
    // @end region="transfer"

    // -------------------------------------------------------------------------------------------- time

    // @start region="clock"
    @Test
    void pricesAreReadOnceAMinute() {
        var clock = new ManualClock();
        var refresher = new Refresher();
        try (var ctx = clock.root().withTimeout(Duration.ofMinutes(10), "trading")) {
            var job = Threads.VIRTUAL.start(() -> refresher.run(ctx));
            clock.awaitWaiting(1);

            clock.advance(Duration.ofMinutes(3));
            assertThat(refresher.prices).hasSize(3);

            clock.advance(Duration.ofHours(1));
            assertThat(refresher.prices).hasSize(9); // the tenth minute is the end
            assertThat(ctx).isOutOfTime("trading");
            assertThatThrownBy(job::join).hasMessageContaining("deadline exceeded: trading");
        }
    }
    // @end region="clock"

    // @start region="short"
    @Test
    void theLookupEndsAfterTwoSeconds() {
        var clock = new ManualClock();
        try (var call = clock.root().withTimeout(Duration.ofSeconds(2), "lookup")) {
            clock.advance(Duration.ofSeconds(2));
            assertThat(call).isOutOfTime("lookup");
        }
    }
    // @end region="short"

    // ------------------------------------------------------------------------------------------ JUnit

    // @start region="extension"
    @ExtendWith(RipcordExtension.class)
    static class Refreshing {

        private Threads.Job job = Threads.VIRTUAL.start(() -> {});

        @Test
        @Timeout(30)
        void stopsWithItsContext(Context ctx) {
            job = Threads.VIRTUAL.start(() -> new Refresher().run(ctx));

            assertThat(ctx).isLive().hasDeadlineWithin(Duration.ofSeconds(30));
        }

        @AfterEach
        void join() {
            assertThatThrownBy(job::join).hasMessageContaining("context is already closed");
        }
    }
    // @end region="extension"

    // ------------------------------------------------------------------------------------------ leaks

    // @start region="leaks"
    @Test
    void nothingIsLeftBehind() {
        try (var detector = LeakDetector.open();
                var ctx = Context.background().withCancel()) {
            Registration registration = ctx.afterFunc(() -> {});
            assertThat(detector.listeners()).hasSize(1);
            registration.stop();
        }
    }
    // @end region="leaks"

    // ------------------------------------------------------------------------------------ checkpoints

    // @start region="checkpoints"
    @Test
    void noMoneyIsLostWheneverATransferEnds() {
        var bank = new Bank();

        int checkpoints = Checkpoints.of(ctx -> bank.transfer(ctx, 10))
                .before(ctx -> {
                    bank.ada = 100;
                    bank.bob = 0;
                })
                .check(run -> assertThat(bank.ada + bank.bob).isEqualTo(100));

        assertThat(checkpoints).isEqualTo(2);
    }
    // @end region="checkpoints"

    // ---------------------------------------------------------------------------------------- AssertJ

    static final Key<String> USER = Key.of("user", String.class);

    @Test
    void assertions() {
        // @start region="assertions"
        var gone = new IllegalStateException("client gone");
        CancellableContext request = Context.background().withTimeout(Duration.ofSeconds(2), "request");
        Context ctx = request.withValue(USER, "ada");

        assertThat(ctx).isLive().hasDeadlineWithin(Duration.ofSeconds(2)).hasValue(USER, "ada");
        request.cancel(gone);
        assertThat(ctx).isCancelledWith(gone).isCancelledWith(IllegalStateException.class);
        // @end region="assertions"
    }

    // ------------------------------------------------------------------------------------------ fakes

    @Test
    void aFrozenDatabase() throws SQLException {
        // @start region="database"
        var database = FakeDatabase.frozen(); // or FakeDatabase.slow(Duration.ofSeconds(2))
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            var query = Threads.VIRTUAL.start(() -> statement.executeQuery("select 1"));
            database.awaitRunning(1);
            statement.cancel(); // is not heard
            assertThat(database.running()).isEqualTo(1);
            connection.abort(Runnable::run);
            assertThatThrownBy(query::join).hasMessageContaining("the connection has been closed");
        }
        // @end region="database"
    }

    @Test
    void aDrippingServer() throws Exception {
        // @start region="http"
        try (var server = DrippingServer.open("a long story", Duration.ofHours(1));
                var http = HttpClient.newHttpClient()) {
            var answer = http.sendAsync(HttpRequest.newBuilder(server.uri()).build(), BodyHandlers.ofInputStream())
                    .get(10, TimeUnit.SECONDS);
            answer.body().close();
            server.awaitAbandoned(1);
        }
        // @end region="http"
    }

    @Test
    void aClientThatLeaves() {
        try (var server = DrippingServer.open("a long story", Duration.ZERO)) {
            // @start region="client"
            LeavingClient.get(server.uri()).awaitAnswer().leave();
            // @end region="client"
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    // ------------------------------------------------------------------------------------------ groups

    @Test
    void aGroupIsPartOfIt() throws InterruptedException {
        List<String> done = new ArrayList<>();
        // the thread of the fork ends shortly after the join, which the detector waits for
        try (var detector = LeakDetector.open();
                var group = Group.of(Context.background())) {
            assertThat(detector.listeners()).isEmpty();
            group.execute(ctx -> done.add("fork"));
            group.join();
        }
        assertThat(done).containsExactly("fork");
    }
}
