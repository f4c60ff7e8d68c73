package dev.ripcord.shop;

/// A line of the catalogue.
record Product(long id, String name, String description, long priceCents, int stock) {}
