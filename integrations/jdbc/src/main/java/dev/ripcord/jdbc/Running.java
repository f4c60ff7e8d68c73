package dev.ripcord.jdbc;

import dev.ripcord.jdbc.spi.ConnectionControl.Call;
import org.jspecify.annotations.Nullable;

/// What can be in the driver: a statement, or the rows that it fetches.
///
/// It is the object itself and not a [Call], which is made only when one is to be stopped.
sealed interface Running permits GuardedStatement, GuardedResultSet {

    /// As a driver is told.
    Call asCall();

    /// Whether a cancel ends it; else it has to be cut off.
    boolean isCancellable();

    /// The statement itself, or the one that made the rows; null if metadata did.
    @Nullable
    GuardedStatement<?> statement();
}
