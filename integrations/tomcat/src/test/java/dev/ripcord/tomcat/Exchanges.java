package dev.ripcord.tomcat;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.RequestEndedException;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.spi.DaemonThreads;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The requests of a test, seen from inside the handler.
///
/// The handler of an exchange blocks until its context ends or the test releases it, then answers `answer <id>` and
/// what it has read of the body.
final class Exchanges {

    static final Duration GUARD = Duration.ofSeconds(10);

    private static final AtomicInteger IDS = new AtomicInteger();

    private final Map<String, Exchange> byId = new ConcurrentHashMap<>();

    /// A request that is about to be sent, with its id in the query.
    Exchange expect() {
        Exchange exchange = new Exchange("x" + IDS.incrementAndGet());
        byId.put(exchange.id, exchange);
        return exchange;
    }

    /// Blocks on the container's thread.
    HttpServlet sync() {
        return new Handler() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
                of(request).handle(request, response);
            }
        };
    }

    /// Blocks on a virtual thread of its own.
    HttpServlet async() {
        return new Handler() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) {
                Exchange exchange = of(request);
                AsyncContext async = request.startAsync(request, response);
                async.setTimeout(0);
                Thread.startVirtualThread(() -> {
                    try {
                        exchange.handle(request, response);
                    } catch (IOException e) {
                        // the test sees why in the cause
                    } finally {
                        complete(async);
                    }
                });
            }
        };
    }

    private static void complete(AsyncContext async) {
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // Tomcat has done so itself, as it does when the stream is reset
        }
    }

    private Exchange of(HttpServletRequest request) {
        return requireNonNull(byId.get(request.getParameter("id")), "id");
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private abstract static class Handler extends HttpServlet {}

    /// One request.
    static final class Exchange {

        final String id;
        private final CountDownLatch began = new CountDownLatch(1);
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch woken = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);

        // written before the latch that tells of them

        private volatile boolean answersWhenGone;
        private @Nullable Context context;
        private long endedNanos;

        private Exchange(String id) {
            this.id = id;
        }

        private void handle(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Context ctx = ContextFilter.contextOf(request);
            context = ctx;
            ctx.afterFunc(DaemonThreads.executor(), () -> {
                endedNanos = System.nanoTime();
                ended.countDown();
                woken.countDown();
            });
            began.countDown();
            String body = request.getParameter("read") == null
                    ? ""
                    : " " + new String(request.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            entered.countDown();
            try {
                woken.await(GUARD.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!answersWhenGone
                    && ctx.cause().orElse(null) instanceof RequestEndedException end
                    && end.isClientGone()) {
                return;
            }
            byte[] answer = ("answer " + id + body).getBytes(StandardCharsets.US_ASCII);
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
            response.getOutputStream().flush();
        }

        /// Waits until the handler has the context, before it reads the body.
        Context awaitContext() throws InterruptedException {
            assertThat(began.await(GUARD.toMillis(), TimeUnit.MILLISECONDS))
                    .as("handler called")
                    .isTrue();
            return requireNonNull(context);
        }

        /// Waits until the handler blocks.
        void awaitEntered() throws InterruptedException {
            assertThat(entered.await(GUARD.toMillis(), TimeUnit.MILLISECONDS))
                    .as("handler called")
                    .isTrue();
        }

        /// Lets the handler answer a client that is gone, or half gone.
        ///
        /// An asynchronous handler had better not: when such a write fails on a thread of its own, Tomcat, with this
        /// adapter or without, may lose a later request of another connection.
        void answerWhenGone() {
            answersWhenGone = true;
        }

        /// Lets the handler answer.
        void release() {
            woken.countDown();
        }

        /// Waits for the context's end.
        Throwable awaitCause() throws InterruptedException {
            assertThat(ended.await(GUARD.toMillis(), TimeUnit.MILLISECONDS))
                    .as("context ended")
                    .isTrue();
            return requireNonNull(context).cause().orElseThrow();
        }

        /// Whether the context ends within `time`.
        boolean endsWithin(Duration time) throws InterruptedException {
            return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
        }

        double millisSince(long nanos) {
            return (endedNanos - nanos) / 1e6;
        }
    }
}
