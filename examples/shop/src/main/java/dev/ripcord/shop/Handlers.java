package dev.ripcord.shop;

import dev.ripcord.Context;
import java.sql.SQLException;
import java.time.Duration;

/// The shop's endpoints: the upper tier, where a request becomes a call and its result JSON.
final class Handlers {

    private final ProductService products;
    private final OrderService orders;
    private final UserClient users;
    private final Statements statements;
    private final RequestLog log;

    Handlers(ProductService products, OrderService orders, UserClient users, Statements statements, RequestLog log) {
        this.products = products;
        this.orders = orders;
        this.users = users;
        this.statements = statements;
        this.log = log;
    }

    /// `GET /products/{id}`
    Answer product(Context ctx, Request request) throws Exception {
        return Json.answer(200, products.find(ctx, Params.id(request)));
    }

    /// `GET /search?q=…&work=2s`
    Answer search(Context ctx, Request request) throws Exception {
        String query = Params.query(request);
        Duration work = Params.duration(request, "work").orElse(Duration.ZERO);
        return Json.answer(200, products.search(ctx, query, work));
    }

    /// `GET /users/{id}?latency=2s`
    Answer user(Context ctx, Request request) throws Exception {
        return Json.answer(200, users.find(ctx, Params.id(request), Params.duration(request, "latency")));
    }

    /// `GET /orders/{id}?latency=2s`
    Answer order(Context ctx, Request request) throws Exception {
        return Json.answer(200, orders.find(ctx, Params.id(request), Params.duration(request, "latency")));
    }

    /// `GET /active`
    Answer active(Context ctx, Request request) throws SQLException {
        return Json.answer(200, statements.active(ctx));
    }

    /// `GET /log`
    Answer log(Context ctx, Request request) {
        return Json.answer(200, log.last());
    }
}
