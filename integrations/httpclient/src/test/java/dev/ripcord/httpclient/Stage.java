package dev.ripcord.httpclient;

import dev.ripcord.Context;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;

/// Where a call hangs: what the server has answered, and what the caller waits for.
enum Stage {
    HEADERS(WireServer.Script.SILENT) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            reached.run();
            http.send(ctx, request, BodyHandlers.ofString());
        }
    },
    STRING(WireServer.Script.HALF) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            http.send(ctx, request, announcing(reached, BodyHandlers.ofString()));
        }
    },
    BYTES(WireServer.Script.HALF) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            http.send(ctx, request, announcing(reached, BodyHandlers.ofByteArray()));
        }
    },
    INPUT_STREAM(WireServer.Script.HALF) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            var body = http.send(ctx, request, BodyHandlers.ofInputStream()).body();
            body.readNBytes(WireServer.HALF_BODY.length());
            reached.run();
            body.read();
        }
    },
    LINES(WireServer.Script.HALF) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            try (var lines = http.send(ctx, request, BodyHandlers.ofLines()).body()) {
                lines.forEach(line -> reached.run());
            }
        }
    },
    PUBLISHER(WireServer.Script.HALF) {
        @Override
        void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                    http.send(ctx, request, BodyHandlers.ofPublisher());
            CompletableFuture<Void> end = new CompletableFuture<>();
            response.body().subscribe(new Collector(reached, end));
            try {
                end.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof Exception failure) {
                    throw failure;
                }
                throw e;
            }
        }
    };

    private final WireServer.Script script;

    Stage(WireServer.Script script) {
        this.script = script;
    }

    WireServer.Script script() {
        return script;
    }

    /// Makes a call that gets no further than here.
    ///
    /// @param reached is run when it has got here
    abstract void call(ContextHttpClient http, Context ctx, HttpRequest request, Runnable reached) throws Exception;

    private static <T> BodyHandler<T> announcing(Runnable reached, BodyHandler<T> handler) {
        return info -> {
            reached.run();
            return handler.apply(info);
        };
    }

    /// Takes everything.
    private record Collector(Runnable reached, CompletableFuture<Void> end) implements Flow.Subscriber<Object> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object item) {
            reached.run();
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }
    }
}
