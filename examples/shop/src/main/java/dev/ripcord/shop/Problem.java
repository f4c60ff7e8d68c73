package dev.ripcord.shop;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.DeadlineExceededException;
import org.jspecify.annotations.Nullable;

/// Why a request has no result: the body of every answer but a 200.
///
/// @param message one line for people; it quotes the offending value, or names the deadline that fired
/// @param deadline the name of the deadline that fired, if one did
/// @param budget how long that deadline was
/// @param traceId under which the log has more
record Problem(
        int status,
        String error,
        String message,
        @Nullable String deadline,
        @Nullable String budget,
        @Nullable String traceId) {

    /// What `failure` means for the client of a request that ran under `ctx`.
    static Problem of(Context ctx, Exception failure) {
        return switch (failure) {
            case BadRequestException e -> of(ctx, 400, "bad request", e);
            case MethodNotAllowedException e -> of(ctx, 405, "method not allowed", e);
            case NotFoundException e -> of(ctx, 404, "not found", e);
            // every layer may wrap the end of the context in an exception of its own; none loses the cause
            default ->
                of(ctx, failure, ContextException.find(failure).or(ctx::err).orElse(null));
        };
    }

    private static Problem of(Context ctx, Exception failure, @Nullable ContextException end) {
        return switch (end) {
            case DeadlineExceededException deadline -> exceeded(ctx, deadline);
            case CancelledException e -> of(ctx, 503, "cancelled", e.getCause() == null ? e : e.getCause());
            case null ->
                failure instanceof DownstreamException
                        ? of(ctx, 502, "bad gateway", failure)
                        : of(ctx, 500, "internal error", new IllegalStateException("the log tells more"));
        };
    }

    private static Problem exceeded(Context ctx, DeadlineExceededException e) {
        String name = e.name().orElse("deadline without a name");
        String budget = e.budget().map(Durations::text).orElse(null);
        String message = budget == null ? name + " exceeded" : "%s of %s exceeded".formatted(name, budget);
        return new Problem(504, "deadline exceeded", message, name, budget, Identity.traceId(ctx));
    }

    private static Problem of(Context ctx, int status, String error, Throwable e) {
        return new Problem(status, error, String.valueOf(e.getMessage()), null, null, Identity.traceId(ctx));
    }
}
