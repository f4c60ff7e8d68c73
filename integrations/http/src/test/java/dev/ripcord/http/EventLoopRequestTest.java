package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class EventLoopRequestTest {

    private final ServerLifetime server = ServerLifetime.under(Context.background());
    private final EventLoopRequest request = new EventLoopRequest(server.open("GET", "/a"), "test");

    @Test
    void anOperationRunsOnAVirtualThreadWithTheContextOfTheRequest() throws Exception {
        CompletableFuture<String> result = request.executeBlocking(ctx ->
                Thread.currentThread() + " " + (ctx == request.lifetime().context() && ctx == Context.current()));

        assertThat(result.get(20, TimeUnit.SECONDS))
                .startsWith("VirtualThread[")
                .contains("ripcord-test]")
                .endsWith("true");
    }

    @Test
    void whatAnOperationThrowsIsTold() {
        Exception why = new Exception("no luck");

        CompletableFuture<String> result = request.executeBlocking(ctx -> {
            throw why;
        });

        assertThat(result)
                .failsWithin(Exchanges.GUARD)
                .withThrowableThat()
                .asInstanceOf(InstanceOfAssertFactories.type(ExecutionException.class))
                .extracting(Throwable::getCause)
                .isSameAs(why);
    }

    @Test
    void theRequestRunsUntilTheResponseIsOverAndNoOperationRuns() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        CompletableFuture<Void> operation = request.executeBlocking(ctx -> release.get());

        request.responseOver();
        request.responseOver();
        assertThat(server.running()).isEqualTo(1);
        assertThat(request.lifetime().context().done().isDone()).isFalse();

        release.complete(null);
        operation.get(20, TimeUnit.SECONDS);
        assertThat(request.lifetime().context().done().await(Exchanges.GUARD)).isTrue();
        assertThat(request.lifetime().context().cause()).containsInstanceOf(HandlerFinishedException.class);
        Await.until("no running requests", () -> server.running() == 0);
    }

    @Test
    void anOperationThatReturnsBeforeTheResponseIsOverEndsNothing() throws Exception {
        request.executeBlocking(ctx -> "found").get(20, TimeUnit.SECONDS);

        assertThat(server.running()).isEqualTo(1);
        assertThat(request.lifetime().context().done().isDone()).isFalse();
        request.responseOver();
        Await.until("no running requests", () -> server.running() == 0);
    }
}
