package dev.ripcord.jdbc;

import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Wrapper;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A value whose content a driver may read from the database when it is asked for, and not before.
///
/// A driver that is given one wants its own: what passes a value to a driver takes the guard off, by [#own].
sealed interface GuardedValue extends Wrapper permits GuardedArray, GuardedBlob, GuardedClob, GuardedSQLXML {

    /// The driver's own.
    Object delegate();

    @Override
    default boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this) || type.isInstance(delegate());
    }

    @Override
    default <T> T unwrap(Class<T> type) throws SQLException {
        if (!isWrapperFor(type)) {
            throw new SQLException("value is no " + type.getName() + " but "
                    + delegate().getClass().getName());
        }
        return type.cast(type.isInstance(this) ? this : delegate());
    }

    /// The driver's own if `value` is guarded, else `value`.
    @SuppressWarnings("unchecked") // a guarded value is of the same type of java.sql as the driver's own
    static <T extends @Nullable Object> T own(T value) {
        return value instanceof GuardedValue guarded ? (T) guarded.delegate() : value;
    }

    /// Likewise, for each of `values`.
    static @Nullable Object @Nullable [] own(@Nullable Object @Nullable [] values) {
        return values == null || Arrays.stream(values).noneMatch(GuardedValue.class::isInstance)
                ? values
                : Arrays.stream(values).map(GuardedValue::<@Nullable Object>own).toArray();
    }

    /// `value`, guarded if it is something that can block in its turn.
    static @Nullable Object of(@Nullable Object value, Running source, Guard guard) {
        return switch (value) {
            case ResultSet rows -> guard.rows(rows, source.statement());
            case Blob blob -> GuardedBlob.of(blob, source, guard);
            case Clob clob -> GuardedClob.of(clob, source, guard);
            case Array array -> GuardedArray.of(array, source, guard);
            case SQLXML xml -> GuardedSQLXML.of(xml, source, guard);
            case java.io.InputStream in -> GuardedStreams.of(in, source, guard);
            case java.io.Reader in -> GuardedStreams.of(in, source, guard);
            case null, default -> value;
        };
    }

    /// Likewise, unless a driver's own `type` was asked for.
    @SuppressWarnings("unchecked") // what is guarded is of `type`, as it says
    static <T> @Nullable T of(@Nullable T value, Class<T> type, Running source, Guard guard) {
        Object guarded = of((Object) value, source, guard);
        return type.isInstance(guarded) ? (T) guarded : value;
    }
}
