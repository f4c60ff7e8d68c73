package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The code in the doc comments of the core.
class TourExampleTest {

    @Nested
    class OneCall {

        private final List<Context> asked = new ArrayList<>();

        private final Products products = (ctx, id) -> {
            asked.add(ctx);
            assertThat(ctx)
                    .hasToString("test.withTimeout(request 30s, 30s left).withTimeout(product lookup 5s, 5s left)");
            return new Product(id, "hammer");
        };

        // @start region="lookup"
        Product find(Context ctx, long id) {
            try (var call = ctx.withTimeout(Duration.ofSeconds(5), "product lookup")) {
                return products.find(call, id);
            } // closed: the timer is gone, and whatever still works for the call is told to stop
        }
        // @end

        @Test
        void aCallGetsAShareOfTheRequestsTimeAndIsOverWhenItReturns() {
            ManualClock clock = new ManualClock();
            Context request = clock.root().withTimeout(Duration.ofSeconds(30), "request");

            Product found = find(request, 7);

            assertThat(found).isEqualTo(new Product(7, "hammer"));
            assertThat(asked)
                    .singleElement()
                    .satisfies(call -> assertThat(call.err()).get().isInstanceOf(CancelledException.class));
            assertThat(request.err()).isEmpty();
        }

        record Product(long id, String name) {}

        interface Products {
            Product find(Context ctx, long id);
        }
    }

    @Nested
    class FirstAnswer {

        private final Gate stopped = new Gate(2);

        // @start region="scope"
        String fastest(Context ctx) throws InterruptedException {
            BlockingQueue<String> answers = new LinkedBlockingQueue<>();
            try (var search = ctx.withCancel()) {
                Thread.startVirtualThread(() -> ask(search, "east", answers));
                Thread.startVirtualThread(() -> ask(search, "west", answers));
                return answers.take();
            } // closed: the slower search stops
        }
        // @end

        private void ask(Context ctx, String mirror, BlockingQueue<String> answers) {
            answers.add(mirror);
            try {
                ctx.done().await();
                stopped.open();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        void leavingTheScopeStopsWhatWasStartedInIt() throws InterruptedException {
            String answer = fastest(Context.background());

            assertThat(answer).isIn("east", "west");
            stopped.await();
        }
    }

    @Nested
    class OwnValue {

        // @start region="key"
        static final class Users {

            private static final Key<User> USER = Key.of("user", User.class);

            private Users() {}

            static Context with(Context ctx, User user) {
                return ctx.withValue(USER, user);
            }

            static @Nullable User of(Context ctx) {
                return ctx.value(USER);
            }
        }
        // @end

        @Test
        void onlyTheAccessorsReachTheValue() {
            Context request = Users.with(Context.background(), new User("ada"));

            assertThat(Users.of(request)).isEqualTo(new User("ada"));
            assertThat(Users.of(Context.background())).isNull();
        }

        record User(String name) {}
    }

    @Nested
    class Answer {

        // @start region="kinds"
        String answerTo(ContextException end) {
            return switch (end) {
                case DeadlineExceededException late ->
                    "504 no time left: " + late.name().orElse("request");
                case CancelledException cancelled -> "499 nobody waits any more: " + cancelled.getMessage();
            };
        }
        // @end

        @Test
        void aSwitchOverBothKindsNeedsNoDefault() {
            ManualClock clock = new ManualClock();
            var late = clock.root().withTimeout(Duration.ofMillis(300), "search");
            var gone = clock.root().withCancel();

            clock.advance(Duration.ofSeconds(1));
            gone.cancel(new IllegalStateException("client disconnected"));

            assertThat(late.err()).get().extracting(this::answerTo).isEqualTo("504 no time left: search");
            assertThat(gone.err())
                    .get()
                    .extracting(this::answerTo)
                    .isEqualTo("499 nobody waits any more: context cancelled: client disconnected");
        }

        // @start region="find"
        String answerTo(Exception failure) {
            return ContextException.find(failure).map(this::answerTo).orElse("500 a bug of ours");
        }
        // @end

        @Test
        void whatAFrameworkHasWrappedIsFound() {
            var gone = Context.background().withCancel();
            gone.cancel();
            Exception wrapped =
                    new IllegalStateException(new IOException(gone.err().orElseThrow()));

            assertThat(answerTo(wrapped)).isEqualTo("499 nobody waits any more: context cancelled");
            assertThat(answerTo(new IllegalStateException("other"))).isEqualTo("500 a bug of ours");
        }
    }
}
