import dev.ripcord.Context;
import dev.ripcord.Key;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class ContextCapturedByTaskCases {

    static final Key<String> USER = Key.of("user");

    void audit(Context ctx, String what) {}

    // @start region="bad"
    String buysBadly(Context ctx, ExecutorService executor) {
        // BUG: Diagnostic contains: nobody waits for this task, and `ctx` ends without it: capture
        // `ctx.withoutCancel()`
        executor.execute(() -> audit(ctx, "bought"));
        return "thanks";
    }
    // @end region="bad"

    // @start region="good"
    String buys(Context ctx, ExecutorService executor) {
        executor.execute(() -> audit(ctx.withoutCancel(), "bought"));
        return "thanks";
    }
    // @end region="good"

    void inOtherTasks(Context ctx, ExecutorService executor) {
        // BUG: Diagnostic contains: nobody waits for this task
        Thread.startVirtualThread(() -> audit(ctx, "x"));
        // BUG: Diagnostic contains: nobody waits for this task
        new Thread(() -> audit(ctx, "x")).start();
        // BUG: Diagnostic contains: nobody waits for this task
        Thread.ofVirtual().start(() -> audit(ctx, "x"));
        // BUG: Diagnostic contains: nobody waits for this task
        CompletableFuture.runAsync(() -> audit(ctx, "x"), executor);
        // BUG: Diagnostic contains: nobody waits for this task
        executor.execute(ctx.wrap(() -> {}));
    }

    void ofAScope(Context ctx, ExecutorService executor) {
        try (var call = ctx.withCancel()) {
            // BUG: Diagnostic contains: nobody waits for this task, and `call` ends without it
            executor.execute(() -> audit(call, "x"));
        }
    }

    // ----------------------------------------------------------------------------------------------- awaited

    void executorIsClosed(Context ctx) {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            executor.execute(() -> audit(ctx, "x"));
        }
    }

    void isAwaited(Context ctx, ExecutorService executor) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        executor.execute(() -> {
            audit(ctx, "x");
            done.countDown();
        });
        done.await();
    }

    Future<?> isReturned(Context ctx, ExecutorService executor) {
        return executor.submit(() -> audit(ctx, "x"));
    }

    void onlyReads(Context ctx, ExecutorService executor) {
        executor.execute(() -> System.out.println(ctx.value(USER)));
    }

    void hasItsOwn(Context ctx, ExecutorService executor) {
        audit(ctx, "x");
        executor.execute(() -> {
            Context own = Context.background();
            audit(own, "x");
        });
    }

    void runsHere(Context ctx) {
        Runnable task = () -> audit(ctx, "x");
        task.run();
    }
}
