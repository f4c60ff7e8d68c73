import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.Futures;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import javax.sql.DataSource;

class ContextDroppedCallCases {

    private PreparedStatement kept;

    // @start region="bad"
    String takesBadly(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        // BUG: Diagnostic contains: `take` goes on when `ctx` ends: use `Blocking.take(ctx, queue)`
        return queue.take();
    }
    // @end region="bad"

    // @start region="good"
    String takes(Context ctx, BlockingQueue<String> queue) throws InterruptedException {
        return Blocking.take(ctx, queue);
    }
    // @end region="good"

    void waits(Context ctx, Thread thread, CountDownLatch latch, BlockingQueue<String> queue)
            throws InterruptedException {
        // BUG: Diagnostic contains: `sleep` goes on when `ctx` ends: use `Blocking.sleep(ctx, Duration.ofMillis(5))`
        Thread.sleep(5);
        // BUG: Diagnostic contains: use `Blocking.sleep(ctx, Duration.ofDays(1))`
        Thread.sleep(Duration.ofDays(1));
        // BUG: Diagnostic contains: use `Blocking.sleep(ctx, Duration.of(5, TimeUnit.SECONDS.toChronoUnit()))`
        TimeUnit.SECONDS.sleep(5);
        // BUG: Diagnostic contains: use `Blocking.join(ctx, thread)`
        thread.join();
        // BUG: Diagnostic contains: use `Blocking.await(ctx, latch)`
        latch.await();
        // BUG: Diagnostic contains: use `Blocking.put(ctx, queue, "x")`
        queue.put("x");
    }

    void locks(Context ctx, Lock lock, Condition condition, Semaphore semaphore) throws InterruptedException {
        // BUG: Diagnostic contains: use `Blocking.lock(ctx, lock)`
        lock.lock();
        // BUG: Diagnostic contains: use `Blocking.lock(ctx, lock)`
        lock.lockInterruptibly();
        // BUG: Diagnostic contains: use `Blocking.await(ctx, condition)`
        condition.await();
        // BUG: Diagnostic contains: use `Blocking.await(ctx, condition)`
        condition.awaitUninterruptibly();
        // BUG: Diagnostic contains: use `Blocking.acquire(ctx, semaphore)`
        semaphore.acquire();
        // BUG: Diagnostic contains: use `Blocking.acquire(ctx, semaphore, 2)`
        semaphore.acquireUninterruptibly(2);
    }

    void awaits(Context ctx, CompletableFuture<String> stage, Future<String> future, ExecutorService executor)
            throws InterruptedException, ExecutionException {
        // BUG: Diagnostic contains: use `Blocking.await(ctx, stage)`
        stage.get();
        // BUG: Diagnostic contains: use `Blocking.await(ctx, stage)`
        stage.join();
        // BUG: Diagnostic contains: use `Blocking.interruptible(ctx, future::get)`
        future.get();
        // BUG: Diagnostic contains: use `Group.of(ctx)`
        executor.invokeAll(List.<Callable<String>>of());
    }

    void calls(Context ctx, HttpClient client, HttpRequest request, ProcessBuilder process)
            throws IOException, InterruptedException {
        // BUG: Diagnostic contains: use `ContextHttpClient.send(ctx, …)`
        client.send(request, BodyHandlers.ofString());
        // BUG: Diagnostic contains: use `Processes.start(ctx, process)`
        process.start();
    }

    void queries(Context ctx, DataSource database, Connection given) throws SQLException {
        // BUG: Diagnostic contains: use `ContextDataSource.getConnection(ctx)`
        try (Connection connection = database.getConnection()) {
            connection.createStatement().execute("select 1");
        }
        // BUG: Diagnostic contains: use a connection of `ContextDataSource.getConnection(ctx)`
        kept.executeQuery();
        given.createStatement().execute("this connection may be of the context already");
    }

    void theNearest(Context ctx) throws InterruptedException {
        try (var call = ctx.withCancel()) {
            // BUG: Diagnostic contains: use `Blocking.sleep(call, Duration.ofMillis(5))`
            Thread.sleep(5);
        }
    }

    // ------------------------------------------------------------------------------------------------ aware

    void noneIsInScope(BlockingQueue<String> queue) throws InterruptedException {
        queue.take();
        Thread.sleep(5);
    }

    void isInterrupted(Context ctx, Future<String> future) throws Exception {
        Blocking.interruptible(ctx, future::get);
        Blocking.interruptible(ctx, () -> future.get());
    }

    void runsWhenItHasEnded(Context ctx, CompletableFuture<String> stage) {
        ctx.afterFunc(() -> stage.join());
    }

    String isOfTheContext(Context ctx, ExecutorService executor) throws Exception {
        var future = Futures.supplyAsync(ctx, inner -> "x", executor);
        return future.get();
    }

    int isOfAConnectionOfTheContext(Context ctx, Connections connections) throws SQLException {
        Connection connection = connections.open(ctx);
        PreparedStatement statement = connection.prepareStatement("select 1");
        ResultSet rows = statement.executeQuery();
        return rows.getInt(1);
    }

    interface Connections {
        Connection open(Context ctx);
    }
}
