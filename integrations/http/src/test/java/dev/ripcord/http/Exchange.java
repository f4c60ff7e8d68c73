package dev.ripcord.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.spi.DaemonThreads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One request of a test, seen from inside the handler.
public final class Exchange {

    /// Reads the whole body of a request.
    public interface Body {

        byte[] readAll() throws IOException;

        /// One that a server gives in the end, if it is not null.
        static Body awaited(Context ctx, Supplier<? extends CompletionStage<byte @Nullable []>> body) {
            return () -> {
                try {
                    byte[] bytes = Blocking.await(ctx, body.get());
                    return bytes == null ? new byte[0] : bytes;
                } catch (ExecutionException e) {
                    throw new IOException(e.getCause());
                } catch (InterruptedException e) {
                    throw new AssertionError("nobody interrupts a handler", e);
                }
            };
        }
    }

    /// Sends the whole answer, with its length.
    public interface Answer {

        void write(byte[] body) throws IOException;
    }

    /// Goes into the query, as `id`.
    public final String id;

    private final CountDownLatch began = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch woken = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    // written before the latch that tells of them

    private volatile boolean answersWhenGone;
    private volatile boolean finishes;
    private @Nullable Context context;
    private boolean wasCurrent;
    private long endedNanos;

    Exchange(String id) {
        this.id = id;
    }

    void handle(Context ctx, boolean read, Body body, Answer answer) throws IOException {
        context = ctx;
        wasCurrent = Context.current() == ctx;
        ctx.afterFunc(DaemonThreads.executor(), () -> {
            endedNanos = System.nanoTime();
            ended.countDown();
            woken.countDown();
        });
        began.countDown();
        String text = read ? " " + new String(body.readAll(), StandardCharsets.US_ASCII) : "";
        entered.countDown();
        try {
            woken.await(Exchanges.GUARD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (finishes) {
            return;
        }
        if (!answersWhenGone && ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone()) {
            return;
        }
        answer.write(("answer " + id + text).getBytes(StandardCharsets.US_ASCII));
    }

    /// Waits until the handler has the context, before it reads the body.
    public Context awaitContext() throws InterruptedException {
        await(began, "handler called");
        return requireNonNull(context);
    }

    /// Waits until the handler blocks.
    public void awaitEntered() throws InterruptedException {
        await(entered, "handler called, and the body read");
    }

    /// Lets the handler answer a client that is gone, or half gone.
    ///
    /// An asynchronous handler had better not, of a client that is quite gone: when such a write fails on a thread of
    /// its own, Tomcat, with our adapter or without, may lose a later request of another connection.
    public void answerWhenGone() {
        answersWhenGone = true;
    }

    /// Lets the handler answer.
    public void release() {
        woken.countDown();
    }

    /// Lets the handler end without an answer.
    public void finish() {
        finishes = true;
        woken.countDown();
    }

    /// Waits for the context's end.
    public Throwable awaitCause() throws InterruptedException {
        await(ended, "context ended");
        return requireNonNull(context).cause().orElseThrow();
    }

    /// Whether the context ends within `time`.
    public boolean endsWithin(Duration time) throws InterruptedException {
        return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Whether the context was the current one of the handler's thread, once that is known to have been called.
    boolean wasCurrent() {
        return wasCurrent;
    }

    /// From a moment to the end of the context.
    double millisSince(long nanos) {
        return (endedNanos - nanos) / 1e6;
    }

    private static void await(CountDownLatch latch, String what) throws InterruptedException {
        assertThat(latch.await(Exchanges.GUARD.toMillis(), TimeUnit.MILLISECONDS))
                .as(what)
                .isTrue();
    }
}
