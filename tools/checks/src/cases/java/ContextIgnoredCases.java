import dev.ripcord.Context;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

class ContextIgnoredCases {

    String read(BlockingQueue<String> queue) throws InterruptedException {
        return queue.poll(1, TimeUnit.SECONDS);
    }

    String compute(String text) {
        return text.strip();
    }

    // @start region="bad"
    // BUG: Diagnostic contains: `readsBadly` blocks in `read(queue)` and never uses `ctx`: pass it on, or ask it
    String readsBadly(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        return read(queue);
    }

    void readsAllBadly(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        ctx.throwIfDone();
        // BUG: Diagnostic contains: this loop works and never asks `ctx`: call ctx.throwIfDone() in each round
        while (true) {
            compute(read(queue));
        }
    }
    // @end region="bad"

    // @start region="good"
    void readsAll(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        while (true) {
            ctx.throwIfDone();
            compute(read(queue));
        }
    }
    // @end region="good"

    void theOuterLoopIsNamed(Context ctx, List<BlockingQueue<String>> queues) throws InterruptedException {
        ctx.throwIfDone();
        // BUG: Diagnostic contains: this loop works and never asks `ctx`
        for (BlockingQueue<String> queue : queues) {
            while (!queue.isEmpty()) {
                read(queue);
            }
        }
    }

    void computesForEver(Context ctx) {
        ctx.throwIfDone();
        // BUG: Diagnostic contains: this loop works and never asks `ctx`
        for (; ; ) {
            compute("x");
        }
    }

    // ------------------------------------------------------------------------------------------------- used

    String doesNotBlock(Context ctx, String text) {
        return compute(text);
    }

    void isShort(Context ctx, List<String> texts) {
        ctx.throwIfDone();
        for (String text : texts) {
            compute(text);
        }
    }

    void asksElsewhereInTheRound(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        do {
            read(queue);
        } while (!ctx.done().isDone());
    }

    void asksAScope(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        try (var call = ctx.withCancel()) {
            while (!call.done().isDone()) {
                read(queue);
            }
        }
    }

    void readsWhatWasMadeWithTheContext(Context ctx, Connections connections) throws SQLException {
        Connection connection = connections.open(ctx);
        ResultSet rows = connection.createStatement().executeQuery("select 1");
        while (rows.next()) {
            compute(rows.getString(1));
        }
    }

    interface Connections {
        Connection open(Context ctx);
    }

    abstract static class Worker {
        abstract void work(Context ctx, BlockingQueue<String> queue) throws InterruptedException;
    }
}
