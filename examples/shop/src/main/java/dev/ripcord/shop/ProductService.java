package dev.ripcord.shop;

import dev.ripcord.Context;
import java.sql.SQLException;
import java.time.Duration;

/// The catalogue: the middle tier, where a step gets its share of the request's time.
final class ProductService {

    private static final Duration LOOKUP = Duration.ofSeconds(2);

    private final ProductRepository products;

    ProductService(ProductRepository products) {
        this.products = products;
    }

    Product find(Context ctx, long id) throws SQLException {
        try (var lookup = ctx.withTimeout(LOOKUP, "product lookup")) {
            return products.find(lookup, id).orElseThrow(() -> new NotFoundException("product", id));
        }
    }

    /// @param work how long the statement lasts on the server, at least
    SearchResult search(Context ctx, String query, Duration work) throws SQLException {
        return products.search(ctx, query, work);
    }
}
