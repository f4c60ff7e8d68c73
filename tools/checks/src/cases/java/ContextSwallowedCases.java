import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;

class ContextSwallowedCases {

    static final Logger LOG = Logger.getLogger("cases");

    String find(Context ctx, long id) {
        return "product " + id;
    }

    // @start region="bad"
    void findsAllBadly(Context ctx) {
        for (int id = 0; id < 100; id++) {
            try {
                find(ctx, id);
                // BUG: Diagnostic contains: the end of the context disappears in this catch: throw it on, or answer it
            } catch (ContextException e) {
            }
        }
    }
    // @end region="bad"

    // @start region="good"
    String finds(Context ctx) {
        try {
            return find(ctx, 1);
        } catch (DeadlineExceededException e) {
            return "no product in time";
        }
    }
    // @end region="good"

    void catchesWidely(Context ctx) {
        try {
            find(ctx, 1);
            // BUG: Diagnostic contains: the end of the context disappears in this catch
        } catch (RuntimeException e) {
            LOG.info("not found");
        }
    }

    String answersNull(Context ctx) {
        try {
            return find(ctx, 1);
            // BUG: Diagnostic contains: the end of the context disappears in this catch
        } catch (IllegalStateException | ContextException e) {
            return null;
        }
    }

    String losesAnInterrupt(BlockingQueue<String> queue) {
        try {
            return queue.take();
            // BUG: Diagnostic contains: the interrupt is lost: restore it with Thread.currentThread().interrupt(), or
            // throw
        } catch (InterruptedException e) {
            LOG.log(Level.WARNING, "interrupted", e);
        }
        return "";
    }

    // ---------------------------------------------------------------------------------------------- answered

    void throwsItOn(Context ctx) {
        try {
            find(ctx, 1);
        } catch (RuntimeException e) {
            throw new IllegalStateException("no product", e);
        }
    }

    void tells(Context ctx) {
        try {
            find(ctx, 1);
        } catch (ContextException e) {
            LOG.log(Level.INFO, "gave up", e);
        }
    }

    void asksTheContext(Context ctx) {
        try {
            find(ctx, 1);
        } catch (RuntimeException e) {
            ctx.throwIfDone();
        }
    }

    void hasNoContextInIt(String number) {
        try {
            Integer.parseInt(number);
        } catch (RuntimeException e) {
        }
    }

    void restores(BlockingQueue<String> queue) {
        try {
            queue.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void remembers(BlockingQueue<String> queue) {
        boolean interrupted = false;
        while (queue.isEmpty()) {
            try {
                queue.wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void handsOver(BlockingQueue<String> queue, CompletableFuture<String> result) {
        try {
            queue.take();
        } catch (InterruptedException e) {
            result.completeExceptionally(e);
        }
    }

    Runnable endsItsThread(BlockingQueue<String> queue) {
        return () -> {
            try {
                while (true) {
                    queue.take();
                }
            } catch (InterruptedException e) {
            }
        };
    }
}
