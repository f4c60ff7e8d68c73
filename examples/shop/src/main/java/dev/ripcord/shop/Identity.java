package dev.ripcord.shop;

import dev.ripcord.Context;
import dev.ripcord.Key;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Who asks, as values of the context: trace id, user and tenant, each with a pair of accessors.
///
/// The keys are private: nobody else can read, hide or collide with these values except through here.
final class Identity {

    private static final Key<String> TRACE_ID = Key.of("traceId", String.class);
    private static final Key<String> USER_ID = Key.of("userId", String.class);
    private static final Key<String> TENANT_ID = Key.of("tenantId", String.class);

    private Identity() {}

    static Context withTraceId(Context ctx, String traceId) {
        return ctx.withValue(TRACE_ID, traceId);
    }

    static @Nullable String traceId(Context ctx) {
        return ctx.value(TRACE_ID);
    }

    static Context withUserId(Context ctx, @Nullable String userId) {
        return ctx.withValue(USER_ID, userId);
    }

    static @Nullable String userId(Context ctx) {
        return ctx.value(USER_ID);
    }

    static Context withTenantId(Context ctx, @Nullable String tenantId) {
        return ctx.withValue(TENANT_ID, tenantId);
    }

    static @Nullable String tenantId(Context ctx) {
        return ctx.value(TENANT_ID);
    }

    /// Has every log line of this thread show who asks, until the result is closed.
    static LogScope inLog(Context ctx) {
        MDC.put("traceId", traceId(ctx));
        MDC.put("userId", userId(ctx));
        MDC.put("tenantId", tenantId(ctx));
        return MDC::clear;
    }

    /// The end of [#inLog]; closing it throws nothing.
    interface LogScope extends AutoCloseable {
        @Override
        void close();
    }
}
