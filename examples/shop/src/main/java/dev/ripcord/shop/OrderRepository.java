package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.jdbc.ContextDataSource;
import java.sql.SQLException;
import java.util.Optional;

/// The orders in the database.
final class OrderRepository {

    private static final String FIND = "select id, product_id, user_id, quantity from ripcord_shop.orders where id = ?";

    private final ContextDataSource database;

    OrderRepository(ContextDataSource database) {
        this.database = database;
    }

    Optional<Order.Row> find(Context ctx, long id) throws SQLException {
        try (var connection = database.getConnection(ctx);
                var statement = connection.prepareStatement(Statements.traced(ctx, FIND))) {
            statement.setLong(1, id);
            try (var rows = statement.executeQuery()) {
                return rows.next()
                        ? Optional.of(new Order.Row(
                                rows.getLong("id"),
                                rows.getLong("product_id"),
                                rows.getLong("user_id"),
                                rows.getInt("quantity")))
                        : Optional.empty();
            }
        }
    }
}
