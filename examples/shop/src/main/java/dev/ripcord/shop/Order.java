package dev.ripcord.shop;

/// What a user ordered: the order's own row, with the product and the user it names.
record Order(long id, int quantity, Product product, User user) {

    /// The row alone, as the database has it.
    record Row(long id, long productId, long userId, int quantity) {}
}
