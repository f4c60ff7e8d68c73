package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.http.RequestEndedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done around every handler: a function from handler to handler, which may derive the context.
final class Middleware {

    private static final Logger LOG = LoggerFactory.getLogger(Middleware.class);

    private Middleware() {}

    /// Who is told how a request ended: who ended it, why, and after how long.
    @FunctionalInterface
    interface Endings {
        /// Tells nobody.
        Endings UNTOLD = (ctx, request, ending) -> {};

        void add(Context ctx, String request, String ending);
    }

    /// All of them around `handler`, in their order.
    static Handler around(Handler handler, Endings endings) {
        return identified(answered(endings, reading(budgeted(handler))));
    }

    /// Puts trace id, user and tenant of the request's headers into the context and the log.
    static Handler identified(Handler next) {
        return (ctx, request, response) -> {
            String traceId = Params.token(request, "X-Trace-Id");
            Context who = Identity.withTraceId(ctx, traceId == null ? newTraceId() : traceId);
            who = Identity.withUserId(who, Params.token(request, "X-User-Id"));
            who = Identity.withTenantId(who, Params.token(request, "X-Tenant-Id"));
            response.setHeader("X-Trace-Id", Identity.traceId(who));
            try (var log = Identity.inLog(who)) {
                next.handle(who, request, response);
            }
        };
    }

    /// Answers a failure as JSON and tells how the request ended; a client that is gone gets no answer.
    static Handler answered(Endings endings, Handler next) {
        return (ctx, request, response) -> {
            long start = System.nanoTime();
            Ending ending;
            try {
                next.handle(ctx, request, response);
                ending = new Ending(String.valueOf(response.getStatus()), "");
            } catch (Exception failure) {
                ending = answer(ctx, failure, response);
            }
            endings.add(ctx, text(request), ending.after(System.nanoTime() - start));
        };
    }

    /// Refuses what is not a GET or a HEAD: the shop only reads.
    static Handler reading(Handler next) {
        return (ctx, request, response) -> {
            if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
                response.setHeader("Allow", "GET, HEAD");
                throw new MethodNotAllowedException(request.getMethod());
            }
            next.handle(ctx, request, response);
        };
    }

    /// Gives the request the time that its parameter `timeout` says.
    static Handler budgeted(Handler next) {
        return (ctx, request, response) -> {
            var timeout = Params.duration(request, "timeout");
            if (timeout.isEmpty()) {
                next.handle(ctx, request, response);
                return;
            }
            try (var budget = ctx.withTimeout(timeout.get(), "request budget")) {
                next.handle(budget, request, response);
            }
        };
    }

    private static Ending answer(Context ctx, Exception failure, HttpServletResponse response) throws IOException {
        if (ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone()) {
            return new Ending("ended by its client", end.getMessage());
        }
        Problem problem = Problem.of(ctx, failure);
        if (problem.status() == 500) {
            LOG.error("unexpected failure", failure);
        }
        Json.write(response, problem.status(), problem);
        String who = switch (problem.status()) {
            case 503 -> "ended by the server";
            case 504 -> "ended by its deadline";
            default -> "failed";
        };
        return new Ending(who, problem.status() + ", " + problem.message());
    }

    /// Who ended a request, and why if it has no result.
    private record Ending(String who, String why) {

        String after(long nanos) {
            return who + " after " + Durations.millis(nanos) + (why.isEmpty() ? "" : ": " + why);
        }
    }

    private static String text(HttpServletRequest request) {
        String query = request.getQueryString();
        return request.getMethod() + " " + request.getRequestURI() + (query == null ? "" : "?" + query);
    }

    private static String newTraceId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }
}
