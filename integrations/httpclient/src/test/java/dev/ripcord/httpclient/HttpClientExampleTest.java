package dev.ripcord.httpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpClientExampleTest {

    // @start region="get"
    final ContextHttpClient http = ContextHttpClient.of(HttpClient.newHttpClient());

    String user(Context ctx, URI uri) throws IOException, InterruptedException {
        try (var call = ctx.withTimeout(Duration.ofSeconds(5), "users API")) {
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            HttpResponse<String> response = http.send(call, request, BodyHandlers.ofString());
            return response.body();
        }
    }
    // @end

    WireServer server;

    @BeforeEach
    void start() throws IOException {
        server = WireServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void theBodyIsReturned() throws Exception {
        String body = user(Context.background(), server.uri());

        assertThat(body).isEqualTo(WireServer.WHOLE_BODY);
    }

    @Test
    void theBudgetOfTheRequestEndsTheCallBeforeItsOwnFiveSeconds() {
        server.answering(WireServer.Script.SILENT);

        try (var request = Context.background().withTimeout(Duration.ofMillis(200), "request")) {
            assertThatThrownBy(() -> user(request, server.uri()))
                    .isInstanceOfSatisfying(DeadlineExceededException.class, e -> {
                        assertThat(e.name()).contains("request");
                        assertThat(e.budget()).contains(Duration.ofMillis(200));
                    });
        }
    }
}
