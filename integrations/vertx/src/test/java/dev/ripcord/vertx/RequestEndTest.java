package dev.ripcord.vertx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Blocking;
import dev.ripcord.Context;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.http.ServerLifetime;
import dev.ripcord.http.Transport;
import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What the contracts of all adapters do not ask: what is Vert.x's own.
class RequestEndTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// With a body of which Vert.x reads a part only.
    private static final String POST_UNREAD =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + "b".repeat(300_000);

    @Test
    void aResponseThatCannotBeWrittenEndsTheContext() throws Exception {
        CompletableFuture<HttpServerRequest> began = new CompletableFuture<>();
        CompletableFuture<Throwable> cause = new CompletableFuture<>();
        try (Server server = Server.start(Transport.HTTP1, request -> {
            request.response().setChunked(true);
            var unused = RipcordVertx.executeBlocking(request, ctx -> {
                try {
                    while (true) {
                        Blocking.await(
                                ctx,
                                request.response()
                                        .write(Buffer.buffer(new byte[10_000]))
                                        .toCompletionStage());
                    }
                } finally {
                    cause.complete(ctx.cause().orElse(null));
                }
            });
            began.complete(request);
        })) {
            Client client = Client.plain(server.port());
            client.send(POST_UNREAD);
            awaitReadsNoFurther(began.get(20, TimeUnit.SECONDS));
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            assertThat(cause.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ResponseWriteFailedException.class);
        }
    }

    /// The event loop may write, fail, close and tell of the close, before the call that wrote goes on.
    @Test
    void aWriteThatFailsAtOnceIsToldBeforeTheCloseThatItCauses() throws Exception {
        CompletableFuture<SlowlyWritten> began = new CompletableFuture<>();
        Vertx vertx = Vertx.vertx();
        try {
            var server = vertx.createHttpServer().requestHandler(request -> {
                request.pause();
                request.response().setChunked(true);
                began.complete(new SlowlyWritten((HttpServerRequestInternal) request));
            });
            server.listen(0, "localhost")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            Client client = Client.plain(server.actualPort());
            client.send(POST_UNREAD);
            SlowlyWritten request = began.get(20, TimeUnit.SECONDS);
            awaitReadsNoFurther(request);
            client.reset();

            while (!request.isDone()) {
                var unused = request.watch.response().write("more");
            }

            assertThat(request.watch.lifetime().context().cause())
                    .containsInstanceOf(ResponseWriteFailedException.class);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    /// Of a request that is paused: what comes behind its body is seen by nothing but writing.
    private static void awaitReadsNoFurther(HttpServerRequest request) {
        Channel channel = ((ConnectionBase) request.connection()).channel();
        Await.until("reads no further", () -> !channel.config().isAutoRead());
    }

    /// A request whose writes return when they have succeeded, or when they have failed and the event loop has come as
    /// far as it can.
    private static final class SlowlyWritten extends HttpServerRequestWrapper {

        final Watch watch;
        private final Thread eventLoop = Thread.currentThread();

        SlowlyWritten(HttpServerRequestInternal request) {
            super(request);
            this.watch = new Watch(ServerLifetime.under(Context.background()).open("POST", "/"), this);
        }

        boolean isDone() {
            return watch.lifetime().context().done().isDone();
        }

        @Override
        public HttpServerResponse response() {
            HttpServerResponse response = super.response();
            return (HttpServerResponse) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {HttpServerResponse.class},
                    (proxy, method, arguments) -> {
                        Object result = method.invoke(response, arguments);
                        if (result instanceof Future<?> written) {
                            Await.until("written", written::isComplete);
                            Await.until(
                                    "told of the close, or about to be told",
                                    () -> written.succeeded()
                                            || isDone()
                                            || eventLoop.getState() == Thread.State.BLOCKED);
                        }
                        return result;
                    });
        }
    }

    @Nested
    class AHandlerThatDoesNotBlock {

        @Test
        void hasItsContextUntilTheResponseHasEnded() throws Exception {
            CompletableFuture<HttpServerRequest> began = new CompletableFuture<>();
            try (Server server = Server.start(Transport.HTTP1, began::complete);
                    Client client = Client.plain(server.port())) {
                client.send(GET);
                HttpServerRequest request = began.get(20, TimeUnit.SECONDS);
                Context ctx = RipcordVertx.contextOf(request);
                assertThat(ctx.done().isDone()).isFalse();
                var unused = request.response().end("late");

                assertThat(client.receive()).isEqualTo("late");
                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void isToldThatItsClientHasLeftAndItsRequestIsOver() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            try (Server server =
                    Server.start(Transport.HTTP1, request -> began.complete(RipcordVertx.contextOf(request)))) {
                Context ctx;
                try (Client client = Client.plain(server.port())) {
                    client.send(GET);
                    ctx = began.get(20, TimeUnit.SECONDS);
                }

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void mayResetItsStreamWhichIsNoLeaving() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            try (Server server = Server.start(Transport.HTTP2, request -> {
                        began.complete(RipcordVertx.contextOf(request));
                        var unused = request.response().reset(Http2Client.CANCEL);
                    });
                    Http2Client client = new Http2Client(server.port())) {
                client.get(1, "/");
                Context ctx = began.get(20, TimeUnit.SECONDS);

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void hasNoContextFromWhenItIsAWebSocket() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            try (Server server = Server.start(Transport.HTTP1, request -> {
                        began.complete(RipcordVertx.contextOf(request));
                        var unused = request.toWebSocket();
                    });
                    Client client = Client.plain(server.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
                client.send("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

                assertThat(client.receiveByte()).isEqualTo('H');
                assertThat(began.get(20, TimeUnit.SECONDS).cause()).containsInstanceOf(HandlerFinishedException.class);
                assertThat(server.running()).isZero();
            }
        }
    }

    @Nested
    class TheHandlersOfAProgram {

        @Test
        void areCalledWhenTheClientLeaves() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            CompletableFuture<Throwable> failed = new CompletableFuture<>();
            CountDownLatch closed = new CountDownLatch(1);
            try (Server server = Server.start(Transport.HTTP1, request -> {
                var response = request.response()
                        .exceptionHandler(failed::complete)
                        .closeHandler(nothing -> closed.countDown());
                assertThat(response).isSameAs(request.response());
                began.complete(RipcordVertx.contextOf(request));
            })) {
                Context ctx;
                try (Client client = Client.plain(server.port())) {
                    client.send(GET);
                    ctx = began.get(20, TimeUnit.SECONDS);
                }

                assertThat(failed.get(20, TimeUnit.SECONDS)).hasMessage("Connection was closed");
                assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
            }
        }

        @Test
        void areCalledWhenTheResponseEndsAndMayBeTakenBackThen() throws Exception {
            CountDownLatch ended = new CountDownLatch(1);
            CompletableFuture<Context> done = new CompletableFuture<>();
            try (Server server = Server.start(Transport.HTTP1, request -> {
                        var response = request.response().endHandler(nothing -> ended.countDown());
                        var unused = response.end("answer");
                        response.exceptionHandler(null).closeHandler(null).endHandler(null);
                        done.complete(RipcordVertx.contextOf(request));
                    });
                    Client client = Client.plain(server.port())) {
                client.send(GET);

                assertThat(client.receive()).isEqualTo("answer");
                assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(done.get(20, TimeUnit.SECONDS).cause()).containsInstanceOf(HandlerFinishedException.class);
            }
        }
    }

    @Nested
    class ARouter {

        @Test
        void knowsTheContextBehindItsOwnRequestsAndHandlers() throws Exception {
            CompletableFuture<Context> began = new CompletableFuture<>();
            CountDownLatch over = new CountDownLatch(1);
            try (Server server = start(router -> router.get("/slow").handler(route -> {
                route.addEndHandler(done -> over.countDown());
                var unused = RipcordVertx.executeBlocking(route.request(), ctx -> {
                            began.complete(ctx);
                            return ctx.done().await(Duration.ofSeconds(20));
                        })
                        .onFailure(route::fail);
            }))) {
                Context ctx;
                try (Client client = Client.plain(server.port())) {
                    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
                    ctx = began.get(20, TimeUnit.SECONDS);
                }

                assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
                assertThat(ctx.cause()).containsInstanceOf(ClientDisconnectedException.class);
                assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        @Test
        void mayHaveReadTheBodyBefore() throws Exception {
            try (Server server = start(router -> router.post("/echo")
                            .handler(BodyHandler.create())
                            .handler(route -> {
                                var unused = RipcordVertx.executeBlocking(
                                                route.request(),
                                                ctx -> route.body().asString())
                                        .onSuccess(body -> route.response().end(body))
                                        .onFailure(route::fail);
                            }));
                    Client client = Client.plain(server.port())) {
                for (String body : new String[] {"hello", "world"}) {
                    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" + body);

                    assertThat(client.receive()).isEqualTo(body);
                }
            }
        }

        @Test
        void isToldWhatTheOperationThrew() throws Exception {
            try (Server server = start(router -> router.get("/fails").handler(ARouter::fail));
                    Client client = Client.plain(server.port())) {
                client.send("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");

                assertThatThrownBy(client::receive).hasMessageContaining("HTTP/1.1 500");
                Await.until("no running requests", () -> server.running() == 0);
            }
        }

        private static void fail(RoutingContext route) {
            var unused = RipcordVertx.executeBlocking(route.request(), ctx -> {
                        throw new Exception("no luck");
                    })
                    .onFailure(route::fail);
        }

        private static Server start(java.util.function.Consumer<Router> routes) {
            Vertx vertx = Vertx.vertx();
            Router router = Router.router(vertx);
            routes.accept(router);
            return Server.start(vertx, Transport.HTTP1, Context.background(), router);
        }
    }

    @Test
    void aServerWithoutItHasNoContext() throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Vertx vertx = Vertx.vertx();
        try {
            var server = vertx.createHttpServer().requestHandler(request -> {
                try {
                    RipcordVertx.contextOf(request);
                } catch (IllegalStateException e) {
                    thrown.complete(e);
                }
                request.response().end();
            });
            requireNonNull(server.listen(0, "localhost"))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            try (Client client = Client.plain(server.actualPort())) {
                client.send(GET);

                assertThat(thrown.get(20, TimeUnit.SECONDS))
                        .hasMessage("request has no context; call RipcordVertx.install with the server");
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
