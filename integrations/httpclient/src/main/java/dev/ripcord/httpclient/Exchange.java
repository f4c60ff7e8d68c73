package dev.ripcord.httpclient;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import dev.ripcord.spi.DaemonThreads;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// One request and its response, aborted when the context ends.
///
/// The client has two handles for that, and neither is enough: its future closes the exchange only until the
/// response is there, the body's subscription only once there is a body. So an abort uses both.
///
/// ## Invariants
///
/// 1. `answered`, `bodyEnded` and `registration` are each written once and then looked at together: whoever
///    writes the last of them sees all three, and takes the registration back.
/// 2. `aborted` is written before `body` is read, and `body` is written before `aborted` is read: an abort and a body
///    that begin at the same time meet, in [#abort()] or in [Body#onSubscribe].
final class Exchange<T> {

    @SuppressWarnings("ContextInField") // an exchange belongs to the context of its call
    private final Context ctx;

    /// The client's own future: the only one on which `cancel(true)` is sure to close the exchange.
    private final CompletableFuture<HttpResponse<T>> future;

    /// Completes with `future`, once `answered` is set.
    private final CompletionStage<HttpResponse<T>> settled;

    private volatile @Nullable Body<T> body;
    private volatile boolean aborted;

    private volatile boolean answered;
    private volatile boolean bodyEnded;
    private volatile @Nullable Registration registration;

    @SuppressWarnings("ContextDroppedCall") // it is aborted when ctx ends
    Exchange(Context ctx, HttpClient client, HttpRequest request, BodyHandler<T> handler) {
        this.ctx = ctx;
        this.future = client.sendAsync(request, info -> subscribe(handler, info));
        this.settled = future.whenComplete((response, failure) -> answer(failure));
        this.registration = ctx.afterFunc(DaemonThreads.executor(), this::abort);
        release();
    }

    /// The response, or why there is none, for a caller that does not wait.
    CompletableFuture<HttpResponse<T>> response() {
        Answer<HttpResponse<T>> answer = new Answer<>(this::abort);
        settled.whenComplete((response, failure) -> {
            if (failure == null) {
                answer.complete(response);
            } else {
                answer.completeExceptionally(reason(ctx, unwrapped(failure)));
            }
        });
        return answer;
    }

    /// Waits for the response.
    HttpResponse<T> await() throws IOException, InterruptedException {
        try {
            return settled.toCompletableFuture().get();
        } catch (InterruptedException e) {
            abort();
            throw e;
        } catch (ExecutionException e) {
            throw thrown(unwrapped(e));
        }
    }

    /// Closes the exchange, whatever its stage. The wire comes first, the handler's subscriber last, for that is
    /// other people's code.
    private void abort() {
        aborted = true;
        Body<T> begun = bodyEnded ? null : body;
        if (begun != null) {
            begun.cancel();
        }
        future.cancel(true);
        if (begun != null) {
            begun.fail();
        }
    }

    boolean isAborted() {
        return aborted;
    }

    Context context() {
        return ctx;
    }

    /// Called by the client when the headers are there.
    private BodySubscriber<T> subscribe(BodyHandler<T> handler, ResponseInfo info) {
        Body<T> begun = new Body<>(this, handler.apply(info));
        body = begun;
        return begun;
    }

    /// Called when the response is there, or will never be.
    private void answer(@Nullable Throwable failure) {
        answered = true;
        if (failure != null) {
            bodyEnded = true;
        }
        release();
    }

    /// Called when the body has been received, has failed or is no longer wanted.
    void endBody() {
        bodyEnded = true;
        release();
    }

    private void release() {
        Registration held = registration;
        if (answered && bodyEnded && held != null) {
            held.stop();
        }
    }

    /// Why something failed: the end of `ctx` with `failure` suppressed if it has ended, else `failure`. The
    /// state of the context decides, not the class of the failure, which depends on stage, protocol and JDK.
    static Throwable reason(Context ctx, Throwable failure) {
        try {
            ctx.throwIfDone();
            return failure;
        } catch (ContextException end) {
            end.addSuppressed(failure);
            return end;
        }
    }

    private IOException thrown(Throwable failure) {
        return switch (reason(ctx, failure)) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> new IOException(e.getMessage(), e);
        };
    }

    private static Throwable unwrapped(Throwable failure) {
        boolean wrapper = failure instanceof CompletionException || failure instanceof ExecutionException;
        Throwable cause = wrapper ? failure.getCause() : null;
        return cause == null ? failure : cause;
    }

    /// What a caller that does not wait gets. Stages that depend on it are of the same kind, as the client's own are.
    private static final class Answer<V> extends CompletableFuture<V> {

        private final Runnable abort;

        Answer(Runnable abort) {
            this.abort = abort;
        }

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new Answer<>(abort);
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            // First this stage, so that it is cancelled and not failed by the abort.
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            if (cancelled && mayInterruptIfRunning) {
                abort.run();
            }
            return cancelled;
        }
    }
}
