package dev.ripcord.redis;

import dev.ripcord.Context;
import dev.ripcord.Deadline;
import java.time.Duration;

/// How long the server shall block in a blocking command: what the caller asks for, or what the context has left plus
/// the grace, whichever is less.
///
/// The call ends with the context anyway. This is for the case that the server cannot be told, because the network is
/// gone: a server that goes on blocking for a client that has left would hand it the next element, which is lost.
///
/// ## Rules
///
/// - It is 0 only if neither the caller nor the context sets a limit. To Redis, 0 is for ever.
/// - Parts of a millisecond are rounded up.
public final class BlockTimeout {

    /// More is for ever.
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final long millis;

    private BlockTimeout(long millis) {
        this.millis = millis;
    }

    /// @param asked zero is for ever
    static BlockTimeout of(Context ctx, Duration asked, Duration grace) {
        if (asked.isNegative()) {
            throw new IllegalArgumentException("timeout < 0: " + asked);
        }
        Duration least = asked.isZero() ? LONGEST : asked;
        Deadline deadline = ctx.deadline().orElse(null);
        if (deadline != null) {
            Duration left = deadline.remaining();
            Duration limit = (left.isNegative() ? Duration.ZERO : left).plus(grace);
            least = limit.compareTo(least) < 0 ? limit : least;
        }
        boolean forEver = least.compareTo(LONGEST) >= 0;
        return new BlockTimeout(
                forEver ? 0 : Math.max(1, least.plusNanos(999_999).toMillis()));
    }

    /// For commands that take seconds, such as `BLPOP`.
    ///
    /// @return 0 for ever
    public double seconds() {
        return millis / 1_000.0;
    }

    /// For commands that take milliseconds, such as `XREAD BLOCK` and `WAIT`.
    ///
    /// @return 0 for ever
    public long millis() {
        return millis;
    }

    /// The time, in milliseconds.
    @Override
    public String toString() {
        return millis + "ms";
    }
}
