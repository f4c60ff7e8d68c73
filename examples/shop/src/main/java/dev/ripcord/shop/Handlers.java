package dev.ripcord.shop;

import dev.ripcord.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
    void product(Context ctx, HttpServletRequest request, HttpServletResponse response) throws Exception {
        Json.write(response, 200, products.find(ctx, Params.id(request)));
    }

    /// `GET /search?q=…&work=2s`
    void search(Context ctx, HttpServletRequest request, HttpServletResponse response) throws Exception {
        String query = Params.query(request);
        Duration work = Params.duration(request, "work").orElse(Duration.ZERO);
        Json.write(response, 200, products.search(ctx, query, work));
    }

    /// `GET /users/{id}?latency=2s`
    void user(Context ctx, HttpServletRequest request, HttpServletResponse response) throws Exception {
        Json.write(response, 200, users.find(ctx, Params.id(request), Params.duration(request, "latency")));
    }

    /// `GET /orders/{id}?latency=2s`
    void order(Context ctx, HttpServletRequest request, HttpServletResponse response) throws Exception {
        Json.write(response, 200, orders.find(ctx, Params.id(request), Params.duration(request, "latency")));
    }

    /// `GET /active`
    void active(Context ctx, HttpServletRequest request, HttpServletResponse response)
            throws SQLException, IOException {
        Json.write(response, 200, statements.active(ctx));
    }

    /// `GET /log`
    void log(Context ctx, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Json.write(response, 200, log.last());
    }
}
