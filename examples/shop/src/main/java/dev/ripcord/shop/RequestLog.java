package dev.ripcord.shop;

import dev.ripcord.Context;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How requests ended: one line each in the log, the last of them kept for the page.
final class RequestLog {

    private static final int KEPT = 50;

    private final Logger log;
    private final Deque<Line> last = new ArrayDeque<>();

    /// @param service the name of the logger
    RequestLog(String service) {
        this.log = LoggerFactory.getLogger(service);
    }

    /// Notes the end of the request that `ctx` belongs to.
    ///
    /// @param ending who ended it, why, and after how long
    void add(Context ctx, Request request, String ending) {
        log.info("{}: {}", request, ending);
        Line line = new Line(
                LocalTime.now(ZoneId.systemDefault())
                        .truncatedTo(ChronoUnit.MILLIS)
                        .toString(),
                Identity.traceId(ctx),
                Identity.userId(ctx),
                Identity.tenantId(ctx),
                request.toString(),
                ending);
        synchronized (last) {
            last.addFirst(line);
            if (last.size() > KEPT) {
                last.removeLast();
            }
        }
    }

    /// The last lines, newest first.
    List<Line> last() {
        synchronized (last) {
            return List.copyOf(last);
        }
    }

    /// A line of the log.
    record Line(
            String time,
            @Nullable String traceId,
            @Nullable String userId,
            @Nullable String tenantId,
            String request,
            String ending) {}
}
