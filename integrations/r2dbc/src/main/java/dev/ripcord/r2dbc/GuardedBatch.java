package dev.ripcord.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Result;
import org.reactivestreams.Publisher;

/// A batch whose results pass through a guard.
record GuardedBatch(Batch batch, Guard guard) implements Batch {

    @Override
    public Batch add(String sql) {
        batch.add(sql);
        return this;
    }

    @Override
    public Publisher<? extends Result> execute() {
        return guard.work(batch.execute()).map(result -> new GuardedResult(result, guard));
    }
}
