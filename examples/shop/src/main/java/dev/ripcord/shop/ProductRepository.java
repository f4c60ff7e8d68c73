package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.jdbc.ContextDataSource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The products in the database. `getConnection(ctx)` is all it takes to have their statements end with the context.
final class ProductRepository {

    private static final String FIND =
            "select id, name, description, price_cents, stock from ripcord_shop.product where id = ?";

    /// `work` is slept inside the statement, once: a volatile CTE is not inlined.
    private static final String SEARCH = """
            with work as materialized (select pg_sleep(?))
            select id, name, description, price_cents, stock, count(*) over () as found
            from work cross join ripcord_shop.product
            where position(lower(?) in lower(name || ' ' || description)) > 0
            order by id
            limit 20""";

    private final ContextDataSource database;

    ProductRepository(ContextDataSource database) {
        this.database = database;
    }

    Optional<Product> find(Context ctx, long id) throws SQLException {
        try (var connection = database.getConnection(ctx);
                var statement = connection.prepareStatement(Statements.traced(ctx, FIND))) {
            statement.setLong(1, id);
            try (var rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(product(rows)) : Optional.empty();
            }
        }
    }

    SearchResult search(Context ctx, String query, Duration work) throws SQLException {
        try (var connection = database.getConnection(ctx);
                var statement = connection.prepareStatement(Statements.traced(ctx, SEARCH))) {
            statement.setDouble(1, work.toNanos() / 1e9);
            statement.setString(2, query);
            try (var rows = statement.executeQuery()) {
                long found = 0;
                List<Product> products = new ArrayList<>();
                while (rows.next()) {
                    found = rows.getLong("found");
                    products.add(product(rows));
                }
                return new SearchResult(query, found, products);
            }
        }
    }

    private static Product product(ResultSet rows) throws SQLException {
        return new Product(
                rows.getLong("id"),
                rows.getString("name"),
                rows.getString("description"),
                rows.getLong("price_cents"),
                rows.getInt("stock"));
    }
}
