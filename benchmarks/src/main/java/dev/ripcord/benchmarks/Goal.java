package dev.ripcord.benchmarks;

import java.util.Locale;

/// What an operation may cost.
///
/// @param limit in the unit of the row, or in readings of the clock
/// @param kind what the limit means
/// @param bytes that the operation may allocate; 0 if that has no limit of its own
record Goal(double limit, Kind kind, int bytes) {

    enum Kind {
        AT_MOST,
        CLOCKS,
        AT_LEAST
    }

    static Goal atMost(double limit) {
        return new Goal(limit, Kind.AT_MOST, 0);
    }

    static Goal clocks(double limit) {
        return new Goal(limit, Kind.CLOCKS, 0);
    }

    static Goal atLeast(double limit) {
        return new Goal(limit, Kind.AT_LEAST, 0);
    }

    Goal bytes(int most) {
        return new Goal(limit, kind, most);
    }

    boolean isMoreBetter() {
        return kind == Kind.AT_LEAST;
    }

    String text(Row.Unit unit) {
        String number = limit == Math.rint(limit)
                ? String.format(Locale.ROOT, "%.0f", limit)
                : String.format(Locale.ROOT, "%.1f", limit);
        String text = switch (kind) {
            case AT_MOST -> "≤ " + number + " " + unit.text;
            case CLOCKS -> "≤ " + number + " × clock";
            case AT_LEAST -> "≥ " + number + " " + unit.text;
        };
        return bytes == 0 ? text : text + ", ≤ " + bytes + " B";
    }

    /// Met or missed if the whole interval of confidence is on one side of the limit.
    ///
    /// @param clock one reading of it, in nanoseconds
    Verdict of(Figure figure, double clock) {
        double most = kind == Kind.CLOCKS ? limit * clock : limit;
        double error = Double.isNaN(figure.error()) ? 0 : figure.error();
        double over = (figure.value() - most) * (isMoreBetter() ? -1 : 1);
        boolean big = bytes > 0 && Math.round(figure.bytes()) > bytes;
        if (Double.isNaN(over)) {
            return Verdict.UNKNOWN;
        }
        if (over > error || big) {
            return Verdict.MISSED;
        }
        return over > 0 || over > -error ? Verdict.CLOSE : Verdict.MET;
    }

    enum Verdict {
        MET("met"),
        MISSED("**missed**"),
        CLOSE("too noisy to tell"),
        UNKNOWN("");

        final String text;

        Verdict(String text) {
            this.text = text;
        }
    }
}
