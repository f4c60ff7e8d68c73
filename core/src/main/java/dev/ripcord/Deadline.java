package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A moment on the monotonic clock, at which work is out of time. Steps of the wall clock do not move it.
public final class Deadline implements Comparable<Deadline> {

    /// The longest time that can be left or over: 2^61 ns, 73 years, so that the difference of any two deadlines does
    /// not overflow, though one was made long after the other.
    private static final long LONGEST_NANOS = 1L << 61;

    private final TimeSource time;
    private final long nanos;

    Deadline(TimeSource time, long nanos) {
        this.time = time;
        this.nanos = nanos;
    }

    /// The moment `duration` from now.
    ///
    /// @param duration may be negative; more than 73 years either way counts as 73 years
    /// @return the deadline, on the monotonic clock
    public static Deadline after(Duration duration) {
        TimeSource time = TimeSource.SYSTEM;
        return new Deadline(time, time.nanoTime() + toNanos(requireNonNull(duration, "duration")));
    }

    /// The moment that the wall clock now calls `instant`.
    ///
    /// @param instant more than 73 years either way from now counts as 73 years
    /// @return the deadline, on the monotonic clock
    public static Deadline at(Instant instant) {
        requireNonNull(instant, "instant");
        return after(Duration.between(TimeSource.SYSTEM.instant(), instant));
    }

    /// The moment `duration` after this one.
    ///
    /// @param duration may be negative; the result is at most 73 years from now, either way
    /// @return a deadline on the same clock
    public Deadline plus(Duration duration) {
        long step = toNanos(requireNonNull(duration, "duration"));
        long left = remainingNanos();
        return new Deadline(time, nanos + (Math.clamp(left + step, -LONGEST_NANOS, LONGEST_NANOS) - left));
    }

    /// The time left; negative once the deadline has passed.
    ///
    /// @return zero or less exactly when [#isExpired()]
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    /// Whether no time is left.
    ///
    /// @return true from the moment itself on
    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /// What the wall clock will show at the deadline, unless it is stepped before.
    ///
    /// @return for people and for the wire; two calls may differ by a few nanoseconds
    public Instant toInstant() {
        return time.instant().plusNanos(remainingNanos());
    }

    /// Negative if this deadline is sooner than `other`, positive if it is later.
    @Override
    public int compareTo(Deadline other) {
        return Long.signum(nanos - requireNonNull(other, "other").nanosOn(time));
    }

    /// Whether `other` is the same moment on the same clock.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Deadline that && time == that.time && nanos == that.nanos;
    }

    /// A hash of the moment.
    @Override
    public int hashCode() {
        return Long.hashCode(nanos);
    }

    /// The time left, such as `1.4s left`, or the time since, such as `20ms over`.
    @Override
    public String toString() {
        return left(remainingNanos());
    }

    /// The clock that this is a moment on.
    TimeSource time() {
        return time;
    }

    /// This moment on another clock.
    long nanosOn(TimeSource other) {
        return other == time ? nanos : other.nanoTime() + remainingNanos();
    }

    private long remainingNanos() {
        return nanos - time.nanoTime();
    }

    static long toNanos(Duration duration) {
        long limitSeconds = TimeUnit.NANOSECONDS.toSeconds(LONGEST_NANOS);
        if (duration.toSeconds() >= limitSeconds) {
            return LONGEST_NANOS;
        }
        return duration.toSeconds() < -limitSeconds ? -LONGEST_NANOS : duration.toNanos();
    }

    /// A time left for people: to a tenth of a second, or to the millisecond below one second.
    static String left(long nanos) {
        long size = Math.abs(nanos);
        long step = size >= 1_000_000_000L ? 100_000_000L : size >= 1_000_000L ? 1_000_000L : 1_000L;
        return text(size / step * step) + (nanos > 0 ? " left" : " over");
    }

    /// A duration for people, exact to three decimals: `1h30m`, `2.5s`, `300ms`, `20µs`.
    static String text(long nanos) {
        if (nanos < 0) {
            return "-" + text(-nanos);
        }
        if (nanos >= 60_000_000_000L) {
            String iso = Duration.ofSeconds(nanos / 1_000_000_000L).toString();
            return iso.substring(2).toLowerCase(Locale.ROOT);
        }
        if (nanos >= 1_000_000_000L) {
            return decimal(nanos, 1_000_000_000L) + "s";
        }
        return nanos >= 1_000_000L ? decimal(nanos, 1_000_000L) + "ms" : decimal(nanos, 1_000L) + "µs";
    }

    private static String decimal(long nanos, long unit) {
        String fraction =
                String.format(Locale.ROOT, "%03d", nanos % unit * 1000 / unit).replaceAll("0+$", "");
        return nanos / unit + (fraction.isEmpty() ? "" : "." + fraction);
    }
}
