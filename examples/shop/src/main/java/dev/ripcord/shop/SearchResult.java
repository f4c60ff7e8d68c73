package dev.ripcord.shop;

import java.util.List;

/// The products that a search found: how many there are, and the first of them.
record SearchResult(String query, long found, List<Product> products) {}
