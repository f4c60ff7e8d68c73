package dev.ripcord.httpclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The signals of a body, from a client that does no more than `Flow` demands.
class BodyTest {

    final Listened foreign = new Listened();
    private final Recorder recorder = new Recorder();

    HttpClient client;
    WireServer server;
    Body<?> body;

    /// An exchange that has its response and waits for its body, and a body of that exchange.
    @BeforeEach
    void start() throws Exception {
        client = Protocol.HTTP_1_1.client();
        server = WireServer.start().answering(WireServer.Script.HALF);
        Exchange<InputStream> exchange =
                new Exchange<>(Context.of(foreign), client, server.get(), BodyHandlers.ofInputStream());
        exchange.await();
        body = new Body<>(exchange, BodySubscribers.fromSubscriber(recorder));
    }

    @AfterEach
    void stop() throws IOException {
        client.shutdownNow();
        server.close();
    }

    @Test
    void aBodyThatFailsBeforeItBeginsIsSubscribedFirst() {
        body.onError(new IOException("reset"));
        body.onSubscribe(new Upstream(recorder.signals));

        assertThat(recorder.signals).containsExactly("onSubscribe", "onError reset");
    }

    @Test
    void nothingFollowsTheEnd() {
        body.onSubscribe(new Upstream(recorder.signals));
        body.onComplete();
        body.onNext(List.of());
        body.onError(new IOException("reset"));
        body.onComplete();

        assertThat(recorder.signals).containsExactly("onSubscribe", "onComplete");
    }

    @Test
    void aSubscriberThatWantsNoMoreLeavesNothingRegistered() {
        body.onSubscribe(new Upstream(recorder.signals));
        assertThat(foreign.listeners()).isOne();
        recorder.cancel();

        assertThat(foreign.listeners()).isZero();
        assertThat(recorder.signals).containsExactly("onSubscribe", "cancel");
    }

    @Test
    void anAbortByTheCallerIsToldToTheSubscriber() {
        body.onSubscribe(new Upstream(recorder.signals));
        body.cancel();
        body.fail();

        assertThat(recorder.signals).containsExactly("onSubscribe", "cancel", "onError the exchange was aborted");
    }

    @Test
    void aSubscriberThatCannotCompleteIsToldSo() {
        recorder.completion = new IllegalStateException("no such type");
        body.onSubscribe(new Upstream(recorder.signals));
        body.onComplete();

        assertThat(recorder.signals).containsExactly("onSubscribe", "onComplete", "onError no such type");
    }

    private record Upstream(List<String> signals) implements Flow.Subscription {

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {
            signals.add("cancel");
        }
    }

    /// Notes its signals.
    private static final class Recorder implements Flow.Subscriber<List<ByteBuffer>> {

        final List<String> signals = new ArrayList<>();

        @Nullable
        RuntimeException completion;

        private Flow.@Nullable Subscription subscription;

        void cancel() {
            assertThat(subscription).isNotNull();
            subscription.cancel();
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            signals.add("onSubscribe");
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            signals.add("onNext");
        }

        @Override
        public void onError(Throwable failure) {
            signals.add("onError " + failure.getMessage());
        }

        @Override
        public void onComplete() {
            signals.add("onComplete");
            if (completion != null) {
                throw completion;
            }
        }
    }
}
