package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The requests of a test, and the one handler for all of them.
///
/// The handler of an exchange blocks until its context ends or the test releases it, then answers `answer <id>` and
/// what it has read of the body. It finds the exchange by the query: `id=x7`, and `&read` if it reads the body.
/// Requests of a [Workload] have no exchange.
public final class Exchanges {

    /// How long anything may take that a test waits for.
    public static final Duration GUARD = Duration.ofSeconds(20);

    private static final AtomicInteger IDS = new AtomicInteger();

    private final Map<String, Exchange> byId = new ConcurrentHashMap<>();
    private final Workload workload = new Workload();

    /// A request that is about to be sent, with its id in the query.
    public Exchange expect() {
        Exchange exchange = new Exchange("x" + IDS.incrementAndGet());
        byId.put(exchange.id, exchange);
        return exchange;
    }

    /// Handles a request on this thread, which blocks.
    ///
    /// @param query of the request, such as `id=x7&read`
    /// @param ctx the request's context
    /// @param body is read if the query says so
    /// @param answer is called once at most; not if the client is gone
    public void handle(String query, Context ctx, Exchange.Body body, Exchange.Answer answer) throws IOException {
        if (Workload.isFor(query)) {
            workload.handle(query, ctx, body, answer);
            return;
        }
        boolean read = query.endsWith("&read");
        String id = query.substring("id=".length(), query.length() - (read ? "&read".length() : 0));
        requireNonNull(byId.get(id), query).handle(ctx, read, body, answer);
    }

    Workload workload() {
        return workload;
    }
}
