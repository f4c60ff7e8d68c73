package dev.ripcord.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Key;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Logged;
import dev.ripcord.http.RequestLifetime;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.http.ServerLifetime;
import dev.ripcord.http.ServerStoppingException;
import dev.ripcord.servlet.App.Threads;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.apache.catalina.util.ServerInfo;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContextFilterTest {

    private static App app(Threads threads) throws IOException {
        return App.with(threads, new ContextFilter());
    }

    private static Throwable causeOf(Context ctx) throws Exception {
        return ctx.done()
                .toCompletionStage()
                .thenApply(err -> ctx.cause().orElseThrow())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Nested
    class OneContextPerRequest {

        @ParameterizedTest
        @EnumSource
        void itIsCurrentForTheHandlerAndFoundByItsRequest(Threads threads) throws Exception {
            try (App app = app(threads)
                    .serve(
                            "/a",
                            (request, response) ->
                                    response.getWriter().print(Context.current() == ContextFilter.contextOf(request)))
                    .start()) {
                assertThat(app.get("/a")).endsWith("true");
            }
        }

        @ParameterizedTest
        @EnumSource
        void itIsFoundOnOtherThreads(Threads threads) throws Exception {
            try (App app = app(threads)
                    .serve("/a", (request, response) -> {
                        Context mine = ContextFilter.contextOf(request);
                        response.getWriter()
                                .print(CompletableFuture.supplyAsync(() -> ContextFilter.contextOf(request) == mine)
                                        .join());
                    })
                    .start()) {
                assertThat(app.get("/a")).endsWith("true");
            }
        }

        @Test
        void itIsTheSameInAForwardAnIncludeAndAnAsynchronousDispatch() throws Exception {
            Queue<Context> seen = new ConcurrentLinkedQueue<>();
            Queue<DispatcherType> types = new ConcurrentLinkedQueue<>();
            try (App app = app(Threads.PLATFORM)
                    .serve("/end", (request, response) -> {
                        seen.add(Context.current());
                        types.add(request.getDispatcherType());
                    })
                    .serve("/include", (request, response) -> {
                        seen.add(Context.current());
                        request.getRequestDispatcher("/end").include(request, response);
                        types.add(request.getDispatcherType());
                    })
                    .serve("/forward", (request, response) -> {
                        seen.add(Context.current());
                        request.getRequestDispatcher("/include").forward(request, response);
                    })
                    .serve("/async", (request, response) -> {
                        seen.add(Context.current());
                        request.startAsync().dispatch("/forward");
                    })
                    .start()) {
                app.get("/async");

                assertThat(types).containsExactly(DispatcherType.INCLUDE, DispatcherType.FORWARD);
                assertThat(seen).hasSize(4);
                assertThat(new ArrayList<>(seen)).allMatch(ctx -> ctx == seen.peek());
                assertThat(causeOf(seen.element())).isExactlyInstanceOf(HandlerFinishedException.class);
            }
        }

        @Test
        void twoRequestsHaveTwo() throws Exception {
            List<Context> seen = new ArrayList<>();
            try (App app = app(Threads.PLATFORM)
                    .serve("/a", (request, response) -> seen.add(ContextFilter.contextOf(request)))
                    .start()) {
                app.get("/a");
                app.get("/a");

                assertThat(seen).hasSize(2).doesNotHaveDuplicates();
            }
        }

        @Test
        void itCannotBeCancelledByTheHandler() throws Exception {
            try (App app = app(Threads.PLATFORM)
                    .serve(
                            "/a",
                            (request, response) -> response.getWriter()
                                    .print(ContextFilter.contextOf(request) instanceof CancellableContext))
                    .start()) {
                assertThat(app.get("/a")).endsWith("false");
            }
        }

        @Test
        void itHasTheValuesAndTheEndOfItsParent() throws Exception {
            Key<String> name = Key.of("name", String.class);
            Exception why = new ServerStoppingException(Duration.ofSeconds(5));
            try (CancellableContext parent = Context.background().withCancel();
                    App app = App.with(Threads.PLATFORM, new ContextFilter(parent.withValue(name, "shop")))
                            .serve("/a", (request, response) -> {
                                parent.cancel(why);
                                Context ctx = ContextFilter.contextOf(request);
                                response.getWriter()
                                        .print(ctx.value(name)
                                                + ctx.cause().orElseThrow().getMessage());
                            })
                            .start()) {
                assertThat(app.get("/a")).endsWith("shopserver stopping, after a grace of PT5S");
            }
        }

        @Test
        void aRequestThatPassedNoFilterSaysWhatToDo() throws Exception {
            try (App app = new App(Threads.PLATFORM)
                    .serve("/a", (request, response) -> {
                        try {
                            ContextFilter.contextOf(request);
                        } catch (IllegalStateException e) {
                            response.getWriter().print(e.getMessage());
                        }
                    })
                    .start()) {
                assertThat(app.get("/a"))
                        .endsWith("request has no context; install dev.ripcord.servlet.ContextFilter in front of this"
                                + " servlet, for every dispatcher type and with async supported:"
                                + " new ContextFilter().addTo(servletContext)");
            }
        }

        @Test
        void addingASecondFilterIsRefused() throws Exception {
            CompletableFuture<String> message = new CompletableFuture<>();
            try (App app = app(Threads.PLATFORM)
                    .atStart(servlets -> {
                        try {
                            new ContextFilter().addTo(servlets);
                        } catch (IllegalStateException e) {
                            message.complete(e.getMessage());
                        }
                    })
                    .start()) {
                assertThat(message).isCompletedWithValue("filter ripcord is already there; add ContextFilter once");
            }
        }
    }

    @Nested
    class TheEnd {

        @ParameterizedTest
        @EnumSource
        void comesWhenTheHandlerReturns(Threads threads) throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            try (App app = app(threads)
                    .serve("/a", (request, response) -> context.complete(Context.current()))
                    .start()) {
                app.get("/a?secret=1");

                assertThat(causeOf(context.join())).isInstanceOfSatisfying(HandlerFinishedException.class, end -> {
                    assertThat(end.request()).isEqualTo("GET /a");
                    assertThat(end.isClientGone()).isFalse();
                    assertThat(end.after()).isPositive();
                    assertThat(end).hasMessageMatching("handler finished \\d+ms into GET /a");
                });
            }
        }

        @Test
        void comesWhenTheHandlerThrowsAndWhatItThrowsArrivesUnchanged() throws Exception {
            List<Throwable> arrived = new ArrayList<>();
            List<Context> contexts = new ArrayList<>();
            List<Exception> thrown =
                    List.of(new IOException("io"), new ServletException("servlet"), new IllegalStateException("state"));
            try (App app = new App(Threads.PLATFORM)
                    .before((request, response, chain) -> {
                        try {
                            chain.doFilter(request, response);
                        } catch (IOException | ServletException | RuntimeException e) {
                            arrived.add(e);
                        }
                    })
                    .atStart(new ContextFilter()::addTo)
                    .serve("/a", (request, response) -> {
                        contexts.add(Context.current());
                        switch (thrown.get(contexts.size() - 1)) {
                            case IOException e -> throw e;
                            case ServletException e -> throw e;
                            case RuntimeException e -> throw e;
                            case Exception e -> throw new AssertionError(e);
                        }
                    })
                    .start()) {
                for (int i = 0; i < thrown.size(); i++) {
                    app.get("/a");
                }

                assertThat(arrived).containsExactlyElementsOf(thrown);
                for (Context context : contexts) {
                    assertThat(causeOf(context)).isExactlyInstanceOf(HandlerFinishedException.class);
                }
            }
        }

        @ParameterizedTest
        @EnumSource
        void ofAnAsynchronousRequestComesWhenItIsComplete(Threads threads) throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            CompletableFuture<AsyncContext> async = new CompletableFuture<>();
            try (App app = app(threads)
                            .serve("/a", (request, response) -> {
                                context.complete(Context.current());
                                async.complete(request.startAsync());
                            })
                            .start();
                    Socket client = app.connect()) {
                App.send(client, "/a");
                Context ctx = context.get(10, TimeUnit.SECONDS);

                assertThat(ctx.done().await(Duration.ofMillis(100))).isFalse();
                async.get(10, TimeUnit.SECONDS).complete();

                assertThat(causeOf(ctx)).isExactlyInstanceOf(HandlerFinishedException.class);
            }
        }

        @Test
        void ofAnAsynchronousRequestThatStartsAnewComesWhenTheLastIsComplete() throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            CompletableFuture<AsyncContext> second = new CompletableFuture<>();
            try (App app = app(Threads.PLATFORM)
                            .serve("/a", (request, response) -> {
                                if (context.complete(Context.current())) {
                                    request.startAsync().dispatch();
                                } else {
                                    second.complete(request.startAsync());
                                }
                            })
                            .start();
                    Socket client = app.connect()) {
                App.send(client, "/a");
                AsyncContext last = second.get(10, TimeUnit.SECONDS);
                Context ctx = context.get(10, TimeUnit.SECONDS);

                assertThat(ctx.done().await(Duration.ofMillis(100))).isFalse();
                last.complete();

                assertThat(causeOf(ctx)).isExactlyInstanceOf(HandlerFinishedException.class);
            }
        }
    }

    @Nested
    class AResponseThatCannotBeWritten {

        private static final byte[] BYTES = new byte[10_000];
        private static final String TEXT = "t".repeat(10_000);

        interface Flood {

            /// Writes a part, some way.
            void write(HttpServletResponse response) throws IOException;
        }

        /// Writes until the context ends, to a client that reads one byte and resets.
        private void endsTheContext(Threads threads, Flood flood) throws Exception {
            CompletableFuture<Throwable> cause = new CompletableFuture<>();
            try (App app = app(threads)
                    .serve("/a", (request, response) -> {
                        Context ctx = Context.current();
                        try {
                            for (int i = 0; i < 10_000 && !ctx.done().isDone(); i++) {
                                flood.write(response);
                            }
                        } finally {
                            ctx.cause().ifPresent(cause::complete);
                        }
                    })
                    .start()) {
                Socket client = app.connect();
                App.send(client, "/a");
                assertThat(client.getInputStream().read()).isEqualTo('H');
                client.setSoLinger(true, 0);
                client.close();

                assertThat(cause.get(10, TimeUnit.SECONDS))
                        .isInstanceOfSatisfying(ResponseWriteFailedException.class, end -> {
                            assertThat(end.isClientGone()).isTrue();
                            assertThat(end).hasMessageMatching("response could not be written \\d+ms into GET /a: .+");
                            assertThat(end).hasCauseInstanceOf(IOException.class);
                        });
            }
        }

        @ParameterizedTest
        @EnumSource
        void endsTheContextWhenItIsAStream(Threads threads) throws Exception {
            endsTheContext(threads, response -> response.getOutputStream().write(BYTES));
        }

        @ParameterizedTest
        @EnumSource
        void endsTheContextWhenItIsAWriterThatHidesFailures(Threads threads) throws Exception {
            endsTheContext(threads, response -> response.getWriter().print(TEXT));
        }

        @Test
        void endsTheContextWhenItIsFlushed() throws Exception {
            endsTheContext(Threads.PLATFORM, response -> {
                response.getWriter().print(TEXT);
                response.flushBuffer();
            });
        }

        @Test
        void endsTheContextWhenAWriteListenerIsTold() throws Exception {
            CompletableFuture<Context> context = new CompletableFuture<>();
            try (App app = app(Threads.PLATFORM)
                    .serve("/a", (request, response) -> {
                        context.complete(Context.current());
                        AsyncContext async = request.startAsync(request, response);
                        ServletOutputStream output = response.getOutputStream();
                        output.setWriteListener(new WriteListener() {
                            @Override
                            public void onWritePossible() throws IOException {
                                while (output.isReady()) {
                                    output.write(BYTES);
                                }
                            }

                            @Override
                            public void onError(Throwable failure) {
                                async.complete();
                            }
                        });
                    })
                    .start()) {
                Socket client = app.connect();
                App.send(client, "/a");
                assertThat(client.getInputStream().read()).isEqualTo('H');
                client.setSoLinger(true, 0);
                client.close();

                assertThat(causeOf(context.get(10, TimeUnit.SECONDS)))
                        .isExactlyInstanceOf(ResponseWriteFailedException.class);
            }
        }
    }

    @Nested
    class TheResponse {

        @Test
        void isTheContainersToTheByte() throws Exception {
            App.Service written = (request, response) -> {
                response.setContentType("text/plain;charset=UTF-8");
                PrintWriter writer = response.getWriter();
                writer.println("one");
                writer.printf("%d\n", 2);
                writer.write(TEXT, 0, 100);
                writer.write('!');
            };
            App.Service streamed = (request, response) -> {
                ServletOutputStream output = response.getOutputStream();
                output.print("one");
                output.println(2);
                output.write(new byte[] {'a', 'b', 'c'}, 1, 1);
                output.write('!');
            };
            try (App plain = new App(Threads.PLATFORM)
                            .serve("/written", written)
                            .serve("/streamed", streamed)
                            .start();
                    App filtered = app(Threads.PLATFORM)
                            .serve("/written", written)
                            .serve("/streamed", streamed)
                            .start()) {
                for (String path : List.of("/written", "/streamed")) {
                    assertThat(withoutDate(filtered.get(path))).isEqualTo(withoutDate(plain.get(path)));
                }
            }
        }

        private static final String TEXT = "text".repeat(100);

        private static String withoutDate(String answer) {
            return answer.replaceFirst("Date: .*\r\n", "");
        }
    }

    @Nested
    class WithoutAnAdapter {

        @Test
        void itTellsOnceWhatIsNotNoticedAndWhichAdapterWould() throws Exception {
            try (Logged logged = new Logged(Level.WARNING, "dev.ripcord.servlet");
                    App app = app(Threads.PLATFORM)
                            .serve("/a", (request, response) -> {})
                            .start()) {
                assertThat(logged.all()).isEmpty();
                app.get("/a");
                app.get("/a");

                assertThat(logged.all())
                        .containsExactly(
                                "clients of " + ServerInfo.getServerInfo()
                                        + " that leave are not noticed before something is written to them; add ripcord-tomcat");
            }
        }

        @Test
        void itSaysNothingOfARequestThatAnAdapterHasSeen() throws Exception {
            ServerLifetime adapter = ServerLifetime.under(Context.background());
            try (Logged logged = new Logged(Level.WARNING, "dev.ripcord.servlet");
                    App app = new App(Threads.PLATFORM)
                            .before((request, response, chain) -> {
                                request.setAttribute(RequestLifetime.ATTRIBUTE, adapter.open("GET", "/a"));
                                chain.doFilter(request, response);
                            })
                            .atStart(new ContextFilter()::addTo)
                            .serve("/a", (request, response) -> {})
                            .start()) {
                app.get("/a");

                assertThat(logged.all()).isEmpty();
            }
        }

        @Test
        void itKnowsTheAdaptersByTheNamesOfTheContainers() {
            assertThat(ContextFilter.missing("jetty/12.1.14")).endsWith("; add ripcord-jetty");
            assertThat(ContextFilter.missing("WebLogic"))
                    .isEqualTo("clients of WebLogic that leave are not noticed before something is written to them;"
                            + " Ripcord has no adapter for it");
        }
    }
}
