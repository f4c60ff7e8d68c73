package dev.ripcord.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.Exchange;
import dev.ripcord.http.Exchanges;
import dev.ripcord.http.Logged;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.servlet.ContextFilter;
import dev.ripcord.tomcat.Server.Protocol;
import dev.ripcord.tomcat.Server.Threads;
import jakarta.servlet.ReadListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What ends a request's context besides a client that leaves, and what does not.
class RequestEndTest {

    private final Exchanges exchanges = new Exchanges();

    @ParameterizedTest
    @EnumSource
    void theContextEndsWhenTheResponseCannotBeWritten(Threads threads) throws Exception {
        CompletableFuture<Throwable> cause = new CompletableFuture<>();
        try (Server server = Server.start(threads, exchanges)) {
            server.serve("/flood", new Servlet((request, response) -> {
                Context ctx = ContextFilter.contextOf(request);
                try {
                    for (int i = 0; i < 10_000; i++) {
                        response.getOutputStream().write(new byte[10_000]);
                    }
                } catch (IOException e) {
                    cause.complete(ctx.cause().orElse(null));
                    throw e;
                }
            }));
            Client client = Client.plain(server.port());
            // nobody reads the body, so that nothing but the writing can tell
            client.send("POST /flood HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            assertThat(cause.get(10, TimeUnit.SECONDS)).isExactlyInstanceOf(ResponseWriteFailedException.class);
        }
    }

    @Test
    void anErrorPageRunsBeforeTheContextEnds() throws Exception {
        CompletableFuture<Boolean> alive = new CompletableFuture<>();
        try (Server server = Server.start(Threads.PLATFORM, exchanges)) {
            ErrorPage page = new ErrorPage();
            page.setErrorCode(503);
            page.setLocation("/error");
            server.app().addErrorPage(page);
            server.serve("/fails", new Servlet((request, response) -> response.sendError(503)));
            server.serve(
                    "/error",
                    new Servlet(
                            (request, response) -> alive.complete(Context.current() == ContextFilter.contextOf(request)
                                    && !Context.current().done().isDone())));
            try (Client client = Client.plain(server.port())) {
                client.send("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");

                assertThat(alive.get(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SYNC_ON_PLATFORM_THREADS", "ASYNC_ON_VIRTUAL_THREADS"})
    void theContainersTimeoutIsNoEnd(Mode mode) throws Exception {
        try (Server server = Server.start(
                        mode.threads,
                        new RipcordValve(),
                        connector -> connector.setProperty("connectionTimeout", "200"),
                        exchanges);
                Client client = Client.plain(server.port())) {
            Exchange exchange = exchanges.expect();
            client.send(Client.get(mode.path, exchange));

            // Tomcat looks for timeouts once a second
            assertThat(exchange.awaitContext().done().await(Duration.ofMillis(1500)))
                    .isFalse();
            exchange.release();

            assertThat(client.receive()).isEqualTo("answer " + exchange.id);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadListenerReadsAloneAndItsRequestIsNotWatched(Threads threads) throws Exception {
        CompletableFuture<Context> context = new CompletableFuture<>();
        CompletableFuture<Void> answer = new CompletableFuture<>();
        try (Server server = Server.start(threads, exchanges);
                Client client = Client.plain(server.port())) {
            server.serve("/listener", new Servlet((request, response) -> {
                var async = request.startAsync(request, response);
                var input = request.getInputStream();
                StringBuilder body = new StringBuilder();
                context.complete(ContextFilter.contextOf(request));
                input.setReadListener(new ReadListener() {
                    @Override
                    public void onDataAvailable() throws IOException {
                        while (input.isReady() && !input.isFinished()) {
                            body.append((char) input.read());
                        }
                    }

                    @Override
                    public void onAllDataRead() {
                        var unused = answer.thenRun(() -> {
                            try {
                                response.setContentLength(body.length());
                                response.getOutputStream().write(body.toString().getBytes(StandardCharsets.US_ASCII));
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            } finally {
                                async.complete();
                            }
                        });
                    }

                    @Override
                    public void onError(Throwable failure) {}
                });
            }));
            client.send("POST /listener HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
            Context ctx = context.get(10, TimeUnit.SECONDS);
            client.send("world");

            assertThat(ctx.done().await(Duration.ofMillis(100))).isFalse();
            assertThat(server.valve().watcher().registered()).isZero();
            answer.complete(null);

            assertThat(client.receive()).isEqualTo("helloworld");
        }
    }

    @Test
    void aWatchThatBeginsAtOnceSeesTheClientLeaveWithinTheFirstMilliseconds() throws Exception {
        RipcordValve valve = new RipcordValve();
        valve.setArmAfterMillis(0);
        try (Server server = Server.start(Threads.VIRTUAL, valve, Server.plain(), exchanges)) {
            Exchange exchange = exchanges.expect();
            Client client = Client.plain(server.port());
            client.send(Client.get("/sync", exchange));
            exchange.awaitEntered();

            client.close();

            assertThat(exchange.awaitCause()).isExactlyInstanceOf(ClientDisconnectedException.class);
        }
    }

    @Test
    void aConnectorThatIsNotWatchedIsNamedWithTheRemedy() throws Exception {
        assertThat(logged(Protocol.RIPCORD)).isEmpty();
        assertThat(logged(Protocol.NIO))
                .containsExactly(
                        "HTTP/1.1 clients that leave Connector[\"http-nio-auto-N\"] are looked for every 50 ms; set"
                                + " protocol=\"dev.ripcord.tomcat.RipcordProtocol\"");
        assertThat(logged(Protocol.NIO2))
                .containsExactly(
                        "HTTP/1.1 clients that leave Connector[\"http-nio2-auto-N\"] are not noticed: its protocol"
                                + " is org.apache.coyote.http11.Http11Nio2Protocol; set"
                                + " protocol=\"dev.ripcord.tomcat.RipcordProtocol\"");
    }

    private static List<String> logged(Protocol protocol) throws Exception {
        try (Logged logged = new Logged(Level.INFO, "dev.ripcord.tomcat")) {
            Server.start(protocol, Threads.VIRTUAL, new RipcordValve(), Server.plain(), new Exchanges())
                    .close();
            return logged.all().stream()
                    .map(line -> line.replaceAll("auto-\\d+", "auto-N"))
                    .toList();
        }
    }

    @Test
    void aNegativeTimeToArmIsRefused() {
        assertThatThrownBy(() -> new RipcordValve().setArmAfterMillis(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("armAfterMillis < 0: -1");
    }

    private interface Service {

        void serve(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    @SuppressWarnings("serial") // nobody serializes servlets
    private static final class Servlet extends HttpServlet {

        private final Service service;

        Servlet(Service service) {
            this.service = service;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            service.serve(request, response);
        }
    }
}
