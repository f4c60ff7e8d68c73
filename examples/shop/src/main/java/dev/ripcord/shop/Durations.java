package dev.ripcord.shop;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as people type them: `300ms`, `2s`, `1.5m`.
final class Durations {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)(ms|s|m)");

    private Durations() {}

    /// The duration that `text` says, but `longest` at most; empty if it says none.
    static Optional<Duration> parse(String text, Duration longest) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long unitNanos = switch (matcher.group(2)) {
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            default -> 60_000_000_000L;
        };
        BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unitNanos));
        return Optional.of(Duration.ofNanos(
                nanos.min(BigDecimal.valueOf(longest.toNanos())).longValue()));
    }

    /// `300ms`, `2s`, `1.5s`: what [#parse] reads.
    static String text(Duration duration) {
        return duration.toMillis() < 1000
                ? duration.toMillis() + "ms"
                : BigDecimal.valueOf(duration.toMillis(), 3)
                                .stripTrailingZeros()
                                .toPlainString() + "s";
    }

    /// Milliseconds with one decimal.
    static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }
}
