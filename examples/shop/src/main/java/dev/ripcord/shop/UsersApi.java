package dev.ripcord.shop;

import dev.ripcord.Context;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/// The service behind the shop: 1,000 users, after a latency. It stands for another team's, on its own port.
final class UsersApi {

    static final int USERS = 1_000;

    private static final List<String> FIRST_NAMES =
            List.of("Ada", "Barbara", "Edsger", "Frances", "Grace", "Ken", "Leslie", "Margaret", "Radia", "Tony");
    private static final List<String> LAST_NAMES = List.of(
            "Allen", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Lamport", "Liskov", "Lovelace", "Perlman", "Thompson");

    private final Duration latency;
    private final AtomicInteger running = new AtomicInteger();

    UsersApi(Duration latency) {
        this.latency = latency;
    }

    /// `GET /users/{id}?latency=2s`
    Answer user(Context ctx, Request request) throws InterruptedException {
        long id = Params.id(request);
        work(ctx, Params.duration(request, "latency").orElse(latency));
        if (id < 1 || id > USERS) {
            throw new NotFoundException("user", id);
        }
        String first = FIRST_NAMES.get((int) (id % 10));
        String last = LAST_NAMES.get((int) (id / 10 % 10));
        return Json.answer(
                200,
                new User(
                        id,
                        first + " " + last,
                        (first + "." + last + "." + id + "@example.org").toLowerCase(Locale.ROOT)));
    }

    /// `GET /active`
    Answer active(Context ctx, Request request) {
        return Json.answer(200, new Activity(running.get()));
    }

    /// Takes as long as `time`, unless the context ends.
    private void work(Context ctx, Duration time) throws InterruptedException {
        running.incrementAndGet();
        try {
            ctx.done().await(time);
        } finally {
            running.decrementAndGet();
        }
        ctx.throwIfDone();
    }

    /// How many requests for users are in work.
    record Activity(int running) {}
}
