package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.http.RequestEndedException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done around every handler: a function from handler to handler, which may derive the context.
final class Middleware {

    private static final Logger LOG = LoggerFactory.getLogger(Middleware.class);

    /// For a client that is gone: nobody reads it. The status is that of nginx for such requests.
    private static final Answer GONE = new Answer(499, "text/plain", "");

    private Middleware() {}

    /// Who is told how a request ended: who ended it, why, and after how long.
    @FunctionalInterface
    interface Endings {
        /// Tells nobody.
        Endings UNTOLD = (ctx, request, ending) -> {};

        void add(Context ctx, Request request, String ending);
    }

    /// All of them around `handler`, in their order.
    static Handler around(Handler handler, Endings endings) {
        return identified(answered(endings, reading(budgeted(handler))));
    }

    /// Puts trace id, user and tenant of the request's headers into the context and the log.
    static Handler identified(Handler next) {
        return (ctx, request) -> {
            String given = Params.token(request, "X-Trace-Id");
            String traceId = given == null ? newTraceId() : given;
            Context who = Identity.withTraceId(ctx, traceId);
            who = Identity.withUserId(who, Params.token(request, "X-User-Id"));
            who = Identity.withTenantId(who, Params.token(request, "X-Tenant-Id"));
            try (var log = Identity.inLog(who)) {
                return next.handle(who, request).with("X-Trace-Id", traceId);
            }
        };
    }

    /// Answers a failure as JSON and tells how the request ended.
    static Handler answered(Endings endings, Handler next) {
        return (ctx, request) -> {
            long start = System.nanoTime();
            Ending ending;
            try {
                Answer answer = next.handle(ctx, request);
                ending = new Ending(answer, String.valueOf(answer.status()), "");
            } catch (Exception failure) {
                ending = failed(ctx, failure);
            }
            endings.add(ctx, request, ending.after(System.nanoTime() - start));
            return ending.answer();
        };
    }

    /// Refuses what is not a GET or a HEAD: the shop only reads.
    static Handler reading(Handler next) {
        return (ctx, request) -> {
            if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
                throw new MethodNotAllowedException(request.method());
            }
            return next.handle(ctx, request);
        };
    }

    /// Gives the request the time that its parameter `timeout` says.
    static Handler budgeted(Handler next) {
        return (ctx, request) -> {
            var timeout = Params.duration(request, "timeout");
            if (timeout.isEmpty()) {
                return next.handle(ctx, request);
            }
            try (var budget = ctx.withTimeout(timeout.get(), "request budget")) {
                return next.handle(budget, request);
            }
        };
    }

    private static Ending failed(Context ctx, Exception failure) {
        if (ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone()) {
            return new Ending(GONE, "ended by its client", end.getMessage());
        }
        Problem problem = Problem.of(ctx, failure);
        if (problem.status() == 500) {
            LOG.error("unexpected failure", failure);
        }
        Answer answer = Json.answer(problem.status(), problem);
        if (failure instanceof MethodNotAllowedException) {
            answer = answer.with("Allow", "GET, HEAD");
        }
        String who = switch (problem.status()) {
            case 503 -> "ended by the server";
            case 504 -> "ended by its deadline";
            default -> "failed";
        };
        return new Ending(answer, who, problem.status() + ", " + problem.message());
    }

    /// Who ended a request, and why if it has no result.
    private record Ending(Answer answer, String who, String why) {

        String after(long nanos) {
            return who + " after " + Durations.millis(nanos) + (why.isEmpty() ? "" : ": " + why);
        }
    }

    private static String newTraceId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }
}
