package dev.ripcord.shop;

/// A customer, as the users API tells.
record User(long id, String name, String email) {}
