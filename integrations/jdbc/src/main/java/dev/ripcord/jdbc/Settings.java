package dev.ripcord.jdbc;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a user has said about all connections of a source.
///
/// @param grace how long a database may take to react before a connection is cut off; never before one cancel was sent
/// @param afterCancel what becomes of a cancelled connection; null if the driver is to say
/// @param belts what else ends a statement
record Settings(Duration grace, @Nullable AfterCancel afterCancel, Set<Belt> belts) {

    static final Settings DEFAULT = new Settings(Duration.ofSeconds(1), null, Set.of());
}
