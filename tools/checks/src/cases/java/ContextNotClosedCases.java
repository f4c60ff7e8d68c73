import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;

class ContextNotClosedCases {

    static final Duration TIMEOUT = Duration.ofSeconds(1);

    CancellableContext handedToAnybody;
    private CancellableContext closedBelow;
    private CancellableContext neverClosed;
    private final List<CancellableContext> all = new ArrayList<>();

    void work(Context ctx) {}

    void keep(AutoCloseable scope) {}

    void log(String format, Object argument) {}

    boolean isReady() {
        return true;
    }

    // ------------------------------------------------------------------------------------------------- pages

    // @start region="bad"
    void searchesBadly(Context ctx) {
        // BUG: Diagnostic contains: held by `call`, which is not closed when `work(call)` throws
        var call = ctx.withTimeout(Duration.ofSeconds(1));
        work(call);
        call.close();
    }
    // @end region="bad"

    // @start region="good"
    void searches(Context ctx) {
        try (var call = ctx.withTimeout(Duration.ofSeconds(1))) {
            work(call);
        }
    }
    // @end region="good"

    // ------------------------------------------------------------------------------------------------ closed

    void closedByFinally(Context ctx) {
        CancellableContext scope = ctx.withCancel();
        try {
            work(scope);
        } finally {
            scope.close();
        }
    }

    void cancelledIsClosed(Context ctx) {
        var scope = ctx.withCancel();
        try {
            work(scope);
        } finally {
            scope.cancel(new IllegalStateException());
        }
    }

    void declaredBefore(Context ctx) {
        CancellableContext scope = ctx.withCancel();
        try (scope) {
            work(scope);
        }
    }

    void closedIfMade(Context ctx, boolean bounded) {
        CancellableContext scope = null;
        try {
            if (bounded) {
                scope = ctx.withTimeout(TIMEOUT);
            }
            work(ctx);
        } finally {
            if (scope != null) {
                scope.close();
            }
        }
    }

    void closedInEachCase(Context ctx, int n) {
        var scope = ctx.withCancel();
        switch (n) {
            case 1:
                scope.close();
                break;
            case 2:
            case 3:
                scope.cancel();
                return;
            default:
                scope.close();
        }
    }

    void closedInEachRule(Context ctx, int n) {
        var scope = ctx.withCancel();
        switch (n) {
            case 1 -> scope.close();
            default -> scope.cancel();
        }
    }

    void closedInEachRound(Context ctx, List<String> names) {
        for (String name : names) {
            var scope = ctx.withCancel();
            try {
                if (name.isEmpty()) {
                    continue;
                }
                work(scope);
            } finally {
                scope.close();
            }
        }
    }

    void closedByALoopThatLeavesNoOtherWay(Context ctx) {
        var scope = ctx.withCancel();
        while (true) {
            if (scope.done().isDone()) {
                scope.close();
                break;
            }
        }
    }

    void closedAfterAnyFailure(Context ctx) {
        var scope = ctx.withCancel();
        try {
            work(scope);
        } catch (RuntimeException e) {
            scope.cancel(e);
            throw e;
        }
        scope.close();
    }

    // --------------------------------------------------------------------------------------------- handed on

    CancellableContext returned(Context ctx) {
        return ctx.withCancel();
    }

    CancellableContext returnedLater(Context ctx, boolean bounded) {
        CancellableContext scope = bounded ? ctx.withTimeout(TIMEOUT) : ctx.withCancel();
        scope.afterFunc(() -> {});
        return scope;
    }

    void passedToWhoCanClose(Context ctx) {
        keep(ctx.withCancel());
        var scope = ctx.withCancel();
        all.add(Objects.requireNonNull(scope));
    }

    void keptWhereOthersClose(Context ctx) {
        handedToAnybody = ctx.withCancel();
        closedBelow = ctx.withCancel();
    }

    void close() {
        closedBelow.close();
    }

    void closedByATask(Context ctx, ExecutorService executor) {
        var scope = ctx.withCancel();
        executor.execute(() -> {
            try (scope) {
                work(scope);
            }
        });
    }

    void closedByAReference(Context ctx, Context other) {
        var scope = ctx.withCancel();
        other.afterFunc(scope::cancel);
    }

    void anAccessorMakesNothing() {
        work(returnedByAnAccessor());
    }

    CancellableContext returnedByAnAccessor() {
        return closedBelow;
    }

    // ------------------------------------------------------------------------------------------------ leaked

    void dropped(Context ctx) {
        // BUG: Diagnostic contains: the scope of `withCancel` is dropped: declare it in the head of a try
        ctx.withCancel();
    }

    void droppedByALambda(Context ctx) {
        // BUG: Diagnostic contains: the scope of `withCancel` is dropped
        Runnable task = () -> ctx.withCancel();
        task.run();
    }

    void derivedFrom(Context ctx) {
        // BUG: Diagnostic contains: the scope of `withCancel` is only asked for `withoutCancel`
        work(ctx.withCancel().withoutCancel());
    }

    void passedToWhoCannotClose(Context ctx) {
        // BUG: Diagnostic contains: the scope of `withTimeout` is only passed on as Context, which has no close()
        work(ctx.withTimeout(TIMEOUT));
    }

    void heldAsContext(Context ctx) {
        // BUG: Diagnostic contains: held by `scope` of type dev.ripcord.Context, which has no close()
        Context scope = ctx.withCancel();
        work(scope);
    }

    Context returnedAsContext(Context ctx) {
        // BUG: Diagnostic contains: the scope of `withCancel` is returned as Context, which has no close()
        return ctx.withCancel();
    }

    void mentionedIsNotClosed(Context ctx) {
        // BUG: Diagnostic contains: held by `scope`, which nothing closes
        var scope = ctx.withCancel();
        log("working under {}", scope);
        Runnable task = () -> work(scope);
        task.run();
    }

    void keptWhereNobodyCloses(Context ctx) {
        // BUG: Diagnostic contains: kept in the field `neverClosed`, which nothing closes
        neverClosed = ctx.withCancel();
        work(neverClosed);
    }

    void closedOnOneBranch(Context ctx) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed on every path
        var scope = ctx.withCancel();
        if (scope.done().isDone()) {
            scope.close();
        }
    }

    void notClosedByAnEarlyReturn(Context ctx, boolean early) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed before `return;`
        var scope = ctx.withCancel();
        if (early) {
            return;
        }
        scope.close();
    }

    void notClosedByContinue(Context ctx, List<String> names) {
        for (String name : names) {
            // BUG: Diagnostic contains: held by `scope`, which is not closed before `continue;`
            var scope = ctx.withCancel();
            if (name == null) {
                continue;
            }
            scope.close();
        }
    }

    void notClosedByFallingThrough(Context ctx, int n) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed on every path
        var scope = ctx.withCancel();
        switch (n) {
            case 1:
                scope.close();
                break;
            case 2:
                break;
            default:
                scope.close();
        }
    }

    void overwritten(Context ctx) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed before `scope = ctx.withTimeout(TIMEOUT)`
        CancellableContext scope = ctx.withCancel();
        scope = ctx.withTimeout(TIMEOUT);
        scope.close();
    }

    void notClosedByOtherExceptions(Context ctx) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed when `work(scope)` throws
        var scope = ctx.withCancel();
        try {
            work(scope);
        } catch (IllegalStateException e) {
            scope.cancel(e);
        }
        scope.close();
    }

    void notClosedByWhatIsBetween(Context ctx) {
        // BUG: Diagnostic contains: held by `scope`, which is not closed when `isReady()` throws
        var scope = ctx.withCancel();
        isReady();
        try {
            work(scope);
        } finally {
            scope.close();
        }
    }
}
