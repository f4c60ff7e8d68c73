package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.httpclient.ContextHttpClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The users API, seen from here. A call takes 5 s at most, and less if the request has less.
final class UserClient {

    private static final Duration PER_CALL = Duration.ofSeconds(5);

    private final ContextHttpClient http;
    private final URI base;

    UserClient(ContextHttpClient http, URI base) {
        this.http = http;
        this.base = base;
    }

    /// @param latency how long the users API is to take, if not as it is set
    User find(Context ctx, long id, Optional<Duration> latency) throws InterruptedException {
        String query = latency.map(time -> "?latency=" + Durations.text(time)).orElse("");
        HttpRequest request = request(ctx, base.resolve("/users/" + id + query));
        try (var call = ctx.withTimeout(PER_CALL, "users API call")) {
            HttpResponse<String> response = http.send(call, request, BodyHandlers.ofString());
            return switch (response.statusCode()) {
                case 200 -> Json.read(response.body(), User.class);
                case 404 -> throw new NotFoundException("user", id);
                default -> throw new DownstreamException("users API answered " + response.statusCode());
            };
        } catch (IOException e) {
            throw new DownstreamException("users API does not answer: " + e, e);
        }
    }

    /// Who asks goes with the call, as headers.
    private static HttpRequest request(Context ctx, URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        header(request, "X-Trace-Id", Identity.traceId(ctx));
        header(request, "X-User-Id", Identity.userId(ctx));
        header(request, "X-Tenant-Id", Identity.tenantId(ctx));
        return request.build();
    }

    private static void header(HttpRequest.Builder request, String name, @Nullable String value) {
        if (value != null) {
            request.header(name, value);
        }
    }
}
