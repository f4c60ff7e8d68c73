package dev.ripcord.shop;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Orders: the middle tier, where two calls run at once and the first failure cancels the other.
final class OrderService {

    private final OrderRepository orders;
    private final ProductService products;
    private final UserClient users;

    OrderService(OrderRepository orders, ProductService products, UserClient users) {
        this.orders = orders;
        this.products = products;
        this.users = users;
    }

    /// @param latency how long the users API takes
    Order find(Context ctx, long id, Optional<Duration> latency) throws Exception {
        Order.Row row = orders.find(ctx, id).orElseThrow(() -> new NotFoundException("order", id));
        try (var both = ctx.withCancel();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Product> product = threads.submit(orCancel(both, () -> products.find(both, row.productId())));
            Future<User> user = threads.submit(orCancel(both, () -> users.find(both, row.userId(), latency)));
            return new Order(id, row.quantity(), result(both, product), result(both, user));
        }
    }

    /// `call`, whose failure ends `scope` and with it whatever else runs there.
    private static <T> Callable<T> orCancel(CancellableContext scope, Callable<T> call) {
        return () -> {
            try (var log = Identity.inLog(scope)) {
                return call.call();
            } catch (Exception e) {
                scope.cancel(e);
                throw e;
            }
        };
    }

    /// The result of `call`, or what failed first in `scope`: the other failure only tells that it was cancelled.
    private static <T> T result(Context scope, Future<T> call) throws Exception {
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw scope.cause().orElse(e) instanceof Exception first ? first : e;
        }
    }
}
