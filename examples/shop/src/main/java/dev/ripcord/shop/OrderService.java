package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.Group;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
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
        try (var group = Group.of(ctx)) {
            Future<Product> product = group.fork(inLog(call -> products.find(call, row.productId())));
            Future<User> user = group.fork(inLog(call -> users.find(call, row.userId(), latency)));
            group.join();
            return new Order(id, row.quantity(), product.resultNow(), user.resultNow());
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception first ? first : e;
        }
    }

    /// `operation`, whose log lines show who asks.
    private static <V> Context.Operation<V> inLog(Context.Operation<V> operation) {
        return call -> {
            try (var log = Identity.inLog(call)) {
                return operation.call(call);
            }
        };
    }
}
