package dev.ripcord.httpclient;

import dev.ripcord.Context;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The body of a response on its way from the client to the handler's subscriber.
///
/// ## Invariants
///
/// 1. The subscriber gets its signals one at a time, under `signalling`, and at most one that says the end. An
///    abort waits for no signal: it writes `failure`, and whoever holds the lock delivers it after the unlock.
/// 2. The exchange knows of the end before the subscriber does: who has read to the end finds nothing registered.
final class Body<T> implements BodySubscriber<T> {

    /// The subscription to a body that failed before the client began to send it.
    private static final Subscription NOTHING = new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    };

    private final Exchange<?> exchange;
    private final BodySubscriber<T> subscriber;
    private final ReentrantLock signalling = new ReentrantLock();

    private volatile @Nullable Subscription upstream;
    private volatile @Nullable Throwable failure;

    // Guarded by signalling.
    private boolean subscribed;
    private boolean ended;

    Body(Exchange<?> exchange, BodySubscriber<T> subscriber) {
        this.exchange = exchange;
        this.subscriber = subscriber;
    }

    // ------------------------------------------------------------------------------ called by an abort

    /// Tells the client, and so the server, that no more is wanted. If there is no subscription yet, the one that
    /// comes does it.
    void cancel() {
        Subscription known = upstream;
        if (known != null) {
            known.cancel();
        }
    }

    /// Tells the subscriber that no more will come: the context has ended or, if it is live, the caller has given up.
    void fail() {
        onError(new CancellationException("the exchange was aborted"));
    }

    // ------------------------------------------------------------------------------ called by the client

    @Override
    public CompletionStage<T> getBody() {
        return subscriber.getBody().thenApply(body -> tied(exchange.context(), body));
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        signalling.lock();
        try {
            upstream = subscription;
            subscribe(subscription);
        } finally {
            signalling.unlock();
        }
        if (exchange.isAborted()) {
            subscription.cancel();
            fail();
        }
        deliverFailure();
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        signalling.lock();
        try {
            if (!ended) {
                subscriber.onNext(item);
            }
        } finally {
            signalling.unlock();
            deliverFailure();
        }
    }

    @Override
    public void onError(Throwable cause) {
        failure = Exchange.reason(exchange.context(), cause);
        deliverFailure();
    }

    @Override
    public void onComplete() {
        signalling.lock();
        try {
            if (end()) {
                complete();
            }
        } finally {
            signalling.unlock();
        }
    }

    /// With the lock held. Each subscriber is subscribed once, and before it gets any other signal.
    private void subscribe(Subscription subscription) {
        if (!subscribed) {
            subscribed = true;
            subscriber.onSubscribe(new Demand(subscription));
        }
    }

    /// With the lock held. A subscriber that cannot complete is told so, as the client itself does, for its body would
    /// never be there.
    private void complete() {
        try {
            subscriber.onComplete();
        } catch (RuntimeException | Error e) {
            subscriber.onError(e);
        }
    }

    private void deliverFailure() {
        Throwable known = failure;
        // If the lock is taken, its holder comes here after the unlock, and then sees the failure.
        if (known == null || !signalling.tryLock()) {
            return;
        }
        try {
            if (end()) {
                subscribe(NOTHING);
                subscriber.onError(known);
            }
        } finally {
            signalling.unlock();
        }
    }

    /// With the lock held. Returns whether this call ended it.
    private boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        exchange.endBody();
        return true;
    }

    /// `body`, whose reads tell how the context ended, if it is one of the JDK's that are read later.
    ///
    /// The classes of those are hidden in their modules. So `T` can be no subclass of [InputStream] or [Stream], and a
    /// body of our own class is a `T`.
    @SuppressWarnings("unchecked")
    private static <T> T tied(Context ctx, T body) {
        if (body instanceof InputStream in && isFrom(HttpClient.class, in)) {
            return (T) new BodyStream(ctx, in);
        }
        if (body instanceof Stream<?> elements && isFrom(Stream.class, elements)) {
            return (T) BodyLines.of(ctx, elements);
        }
        return body;
    }

    private static boolean isFrom(Class<?> neighbour, Object body) {
        return body.getClass().getModule() == neighbour.getModule();
    }

    /// The subscriber's handle, which tells the exchange when no more is wanted.
    private final class Demand implements Subscription {

        private final Subscription subscription;

        Demand(Subscription subscription) {
            this.subscription = subscription;
        }

        @Override
        public void request(long n) {
            subscription.request(n);
        }

        @Override
        public void cancel() {
            exchange.endBody();
            subscription.cancel();
        }
    }
}
