package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The code in the documentation of [Group] and in the guide on fan-out.
class GroupExampleTest {

    record User(String name) {}

    record Product(String name) {}

    record Order(User user, Product product) {}

    interface Users {
        User find(Context ctx, long id) throws Exception;
    }

    interface Products {
        Product find(Context ctx, long id) throws Exception;
    }

    private final ManualClock clock = new ManualClock();
    private final Gate asked = new Gate();
    private final Gate told = new Gate();

    private Users users = (ctx, id) -> new User("ada");
    private Products products = (ctx, id) -> new Product("chair " + id);

    /// Waits until the context ends, as a statement or a call does that listens to it.
    private Product search(Context ctx) throws InterruptedException {
        asked.open();
        ctx.done().await();
        told.open();
        ctx.throwIfDone();
        throw new AssertionError("it has ended");
    }

    // @start region="order"
    Order order(Context ctx, long userId, long productId) throws InterruptedException {
        try (var group = Group.of(ctx)) {
            Future<User> user = group.fork(call -> users.find(call, userId));
            Future<Product> product = group.fork(call -> products.find(call, productId));
            group.join();
            return new Order(user.resultNow(), product.resultNow());
        }
    }
    // @end

    @Test
    void bothAnswers() throws InterruptedException {
        Order order = order(Context.background(), 1, 7);

        assertThat(order).isEqualTo(new Order(new User("ada"), new Product("chair 7")));
    }

    @Test
    void oneFailureEndsTheOtherCall() {
        IOException refused = new IOException("connection refused");
        products = (ctx, id) -> search(ctx);
        users = (ctx, id) -> {
            asked.await();
            throw refused;
        };

        assertThatThrownBy(() -> order(Context.background(), 1, 7))
                .isInstanceOf(CompletionException.class)
                .hasCause(refused);
        assertThat(told.isOpen()).isTrue();
    }

    @Test
    void theClientLeavesAndBothCallsEnd() {
        IOException gone = new IOException("client is gone");
        products = (ctx, id) -> search(ctx);
        var request = Context.background().withCancel();
        Threads.VIRTUAL.start(() -> {
            asked.await();
            request.cancel(gone);
        });

        assertThatThrownBy(() -> order(request, 1, 7))
                .isInstanceOf(CancelledException.class)
                .hasCause(gone);
        assertThat(told.isOpen()).isTrue();
    }

    // @start region="partial"
    List<Product> atMost(Context ctx, Duration timeout, List<Long> ids) throws InterruptedException {
        List<Future<Product>> found = new ArrayList<>();
        try (var scope = ctx.withTimeout(timeout, "recommendations");
                var group = Group.of(scope, 8)) {
            for (long id : ids) {
                found.add(group.fork(call -> products.find(call, id)));
            }
            group.join();
        } catch (DeadlineExceededException e) {
            // Take what is there.
        }
        return found.stream()
                .filter(product -> product.state() == Future.State.SUCCESS)
                .map(Future::resultNow)
                .toList();
    }
    // @end

    @Test
    void theDeadlinePassesAndWhatHasBeenFoundIsTaken() {
        Gate first = new Gate();
        products = (ctx, id) -> {
            if (id == 1) {
                first.open();
                return new Product("chair " + id);
            }
            return search(ctx);
        };
        var passing = Threads.VIRTUAL.start(() -> {
            first.await();
            asked.await();
            clock.advance(Duration.ofMillis(300));
        });

        var caller = new Object() {
            List<Product> got = List.of();
        };
        Threads.VIRTUAL
                .start(() -> caller.got = atMost(clock.root(), Duration.ofMillis(300), List.of(1L, 2L, 3L)))
                .join();

        passing.join();
        assertThat(caller.got).containsExactly(new Product("chair 1"));
    }

    @Test
    void allHaveBeenFoundInTime() throws InterruptedException {
        List<Product> got = atMost(clock.root(), Duration.ofMillis(300), List.of(1L, 2L));

        assertThat(got).containsExactly(new Product("chair 1"), new Product("chair 2"));
        assertThat(clock.armed()).isZero();
    }

    @Test
    void aFailureInTimeIsNotTakenForADeadline() {
        IOException refused = new IOException("connection refused");
        products = (ctx, id) -> {
            throw refused;
        };

        assertThatThrownBy(() -> atMost(clock.root(), Duration.ofMillis(300), List.of(1L)))
                .isInstanceOf(CompletionException.class)
                .hasCause(refused);
    }
}
