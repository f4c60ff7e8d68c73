package dev.ripcord.jdkhttp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.Client;
import dev.ripcord.http.ConnectionResetException;
import dev.ripcord.http.HandlerFinishedException;
import dev.ripcord.http.ResponseWriteFailedException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What the contract of all adapters does not ask.
class RequestEndTest {

    private static final String GET = "GET /a?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n";

    private final RipcordFilter ripcord = new RipcordFilter();

    @Test
    void theContextEndsWhenTheHandlerReturns() throws Exception {
        CompletableFuture<Context> context = new CompletableFuture<>();
        try (Server server = Server.start(ripcord, exchange -> {
                    context.complete(Context.current());
                    exchange.sendResponseHeaders(204, -1);
                });
                Client client = Client.plain(server.port())) {
            client.send(GET);

            Context ctx = context.get(20, TimeUnit.SECONDS);
            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause())
                    .get()
                    .isInstanceOfSatisfying(
                            HandlerFinishedException.class,
                            end -> assertThat(end.request()).isEqualTo("GET /a"));
        }
    }

    @Test
    void theContextEndsWhenTheAnswerCannotBeWritten() throws Exception {
        CompletableFuture<Throwable> cause = new CompletableFuture<>();
        try (Server server = Server.start(ripcord, exchange -> {
            Context ctx = Context.current();
            try {
                exchange.sendResponseHeaders(200, 0);
                for (int i = 0; i < 10_000; i++) {
                    exchange.getResponseBody().write(new byte[10_000]);
                }
            } catch (IOException e) {
                cause.complete(ctx.cause().orElse(null));
                throw e;
            }
        })) {
            Client client = Client.plain(server.port());
            client.send(GET);
            assertThat(client.receiveByte()).isEqualTo('H');
            client.reset();

            assertThat(cause.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ResponseWriteFailedException.class);
        }
    }

    /// Before anybody has looked at its socket.
    @Test
    @EnabledOnOs(OS.LINUX)
    void aClientThatResetsItsConnectionAtOnceIsNoticed() throws Exception {
        CompletableFuture<Context> context = new CompletableFuture<>();
        RipcordFilter looking = RipcordFilter.lookingAtSocketsOfLinux(Context.background());
        try (Server server = Server.start(looking, exchange -> {
            context.complete(Context.current());
            try {
                Context.current().done().await(Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        })) {
            Client client = Client.plain(server.port());
            client.send(GET);
            Context ctx = context.get(20, TimeUnit.SECONDS);
            client.reset();

            assertThat(ctx.done().await(Duration.ofSeconds(20))).isTrue();
            assertThat(ctx.cause()).get().isExactlyInstanceOf(ConnectionResetException.class);
        }
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(ripcord.description()).isEqualTo("one context per request");
    }
}
