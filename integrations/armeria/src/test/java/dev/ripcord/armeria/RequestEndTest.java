package dev.ripcord.armeria;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Get;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.http.Await;
import dev.ripcord.http.Client;
import dev.ripcord.http.ClientDisconnectedException;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.Http2Client;
import dev.ripcord.http.ResponseWriteFailedException;
import dev.ripcord.http.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the contracts of all adapters do not ask: what is Armeria's own.
class RequestEndTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aResponseThatCannotBeWrittenEndsTheContext() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        byte[] much = new byte[10_000];
        try (Server server = Server.start((request, http) -> {
            HttpResponseWriter response = HttpResponse.streaming();
            response.write(ResponseHeaders.of(HttpStatus.OK));
            var unused = RipcordArmeria.executeBlocking(request, ctx -> {
                began.complete(ctx);
                while (!ctx.done().isDone() && response.tryWrite(HttpData.copyOf(much))) {
                    response.whenConsumed().get(20, TimeUnit.SECONDS);
                }
                return null;
            });
            return response;
        })) {
            Client client = Client.plain(server.port());
            // nobody reads the body, so that nothing but the writing can tell
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + "b".repeat(300_000));
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ResponseWriteFailedException.class);
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void armeriasTimeoutIsTheDeadlineOfAnOperation() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        try (Server server = Server.start(
                        options -> options.requestTimeout(Duration.ofMillis(100)),
                        (request, http) -> HttpResponse.of(RipcordArmeria.executeBlocking(request, ctx -> {
                            began.complete(ctx);
                            ctx.done().await(Duration.ofSeconds(20));
                            return HttpResponse.of("late");
                        })));
                Client client = Client.plain(server.port())) {
            client.send(GET);

            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.deadline()).isPresent();
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.err())
                    .get()
                    .isInstanceOfSatisfying(
                            DeadlineExceededException.class,
                            deadline -> assertThat(deadline.getMessage()).contains("request timeout"));
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void anOperationHasArmeriasContextToo() throws Exception {
        try (Server server = Server.start((request, http) -> HttpResponse.of(RipcordArmeria.executeBlocking(
                        request, ctx -> HttpResponse.of(String.valueOf(ServiceRequestContext.current() == request)))));
                Client client = Client.plain(server.port())) {
            client.send(GET);

            assertThat(client.receive()).isEqualTo("true");
        }
    }

    @Test
    void anOperationThatFailsFailsTheResponse() throws Exception {
        try (Server server = Server.start((request, http) ->
                        HttpResponse.of(RipcordArmeria.<HttpResponse>executeBlocking(request, ctx -> {
                            throw new Exception("no luck");
                        })));
                Client client = Client.plain(server.port())) {
            client.send(GET);

            assertThatThrownBy(client::receive).hasMessageContaining("HTTP/1.1 500");
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    @Test
    void anAnnotatedServiceOnArmeriasBlockingThreadsHasTheContext() throws Exception {
        Annotated service = new Annotated();
        try (Server server = Server.start(
                options -> options.annotatedService(service), (request, http) -> HttpResponse.of("other"))) {
            try (Client client = Client.plain(server.port())) {
                client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
                service.began.get(20, TimeUnit.SECONDS);
            }

            assertThat(service.cause.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ClientDisconnectedException.class);
            Await.until("no running requests", () -> server.running() == 0);
        }
    }

    static final class Annotated {

        final CompletableFuture<Context> began = new CompletableFuture<>();
        final CompletableFuture<Throwable> cause = new CompletableFuture<>();

        @Get("/slow")
        @Blocking
        public String slow(ServiceRequestContext request) throws InterruptedException {
            Context ctx = RipcordArmeria.contextOf(request);
            began.complete(ctx);
            ctx.done().await(Duration.ofSeconds(20));
            cause.complete(ctx.cause().orElse(null));
            return "late";
        }
    }

    @Test
    void aServiceThatDoesNotBlockHasItsContextUntilItHasAnswered() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        try (Server server = Server.start((request, http) -> {
                    began.complete(RipcordArmeria.contextOf(request));
                    return HttpResponse.of(answer);
                });
                Client client = Client.plain(server.port())) {
            client.send(GET);
            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofMillis(50))).isFalse();
            answer.complete(HttpResponse.of("late"));

            assertThat(client.receive()).isEqualTo("late");
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
        }
    }

    @Test
    void aConnectionThatClosesAfterTheAnswerIsNoLeaving() throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        try (Server server =
                        Server.start((request, http) -> HttpResponse.of(RipcordArmeria.executeBlocking(request, ctx -> {
                            began.complete(ctx);
                            return HttpResponse.of("answer");
                        })));
                Client client = Client.plain(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

            assertThat(client.receive()).isEqualTo("answer");
            assertThat(client.receiveByte()).isEqualTo(-1);
            Context ctx = began.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(HandlerFinishedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "HTTP2"})
    void aConnectionThatTheServerClosesBeforeTheAnswerIsNoLeaving(Transport transport) throws Exception {
        CompletableFuture<Context> began = new CompletableFuture<>();
        try (Server server =
                        Server.start((request, http) -> HttpResponse.of(RipcordArmeria.executeBlocking(request, ctx -> {
                            began.complete(ctx);
                            ctx.done().await(Duration.ofSeconds(20));
                            return HttpResponse.of("late");
                        })));
                AutoCloseable client = get(transport, server)) {
            Context ctx = began.get(20, TimeUnit.SECONDS);
            server.close();

            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).containsInstanceOf(ResponseWriteFailedException.class);
        }
    }

    private static AutoCloseable get(Transport transport, Server server) throws IOException {
        if (transport == Transport.HTTP2) {
            Http2Client client = new Http2Client(server.port());
            client.get(1, "/");
            return client;
        }
        Client client = Client.plain(server.port());
        client.send(GET);
        return client;
    }

    @Test
    void aServerWithoutItHasNoContext() {
        ServiceRequestContext request = ServiceRequestContext.of(HttpRequest.of(HttpMethod.GET, "/"));

        assertThatThrownBy(() -> RipcordArmeria.contextOf(request))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("request has no context; call RipcordArmeria.install with the server's builder");
    }
}
