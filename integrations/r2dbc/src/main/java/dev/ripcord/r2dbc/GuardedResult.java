package dev.ripcord.r2dbc;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;

/// A result whose rows pass through a guard.
record GuardedResult(Result result, Guard guard) implements Result {

    @Override
    public Publisher<Long> getRowsUpdated() {
        return guard.result(result.getRowsUpdated());
    }

    @Override
    public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapping) {
        return guard.rows(result.map(mapping));
    }

    @Override
    public <T> Publisher<T> map(Function<? super Readable, ? extends T> mapping) {
        return guard.rows(result.map(mapping));
    }

    @Override
    public Result filter(Predicate<Segment> filter) {
        return new GuardedResult(result.filter(filter), guard);
    }

    @Override
    public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapping) {
        return guard.rows(result.flatMap(mapping));
    }
}
