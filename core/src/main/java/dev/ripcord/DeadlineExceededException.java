package dev.ripcord;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The end of a context whose deadline passed. It tells which deadline fired: its name, its budget, and how far over.
///
/// The deadline that fired may be an ancestor's; then the facts are that ancestor's.
public final class DeadlineExceededException extends ContextException {

    private static final long serialVersionUID = 1L;

    DeadlineExceededException(End end, @Nullable String path) {
        super(message(end), end, path);
    }

    /// [Kind#DEADLINE_EXCEEDED].
    @Override
    public Kind kind() {
        return Kind.DEADLINE_EXCEEDED;
    }

    /// The name of the deadline that fired, if it was given one.
    ///
    /// @return such as "product lookup"
    public Optional<String> name() {
        return Optional.ofNullable(end().name);
    }

    /// The time that the deadline that fired had when it was made; empty if another library's deadline fired and
    /// did not tell.
    ///
    /// @return such as 5 s for `withTimeout(Duration.ofSeconds(5))`
    public Optional<Duration> budget() {
        return end().timed ? Optional.of(Duration.ofNanos(end().budgetNanos)) : Optional.empty();
    }

    /// How long after the deadline the context ended: the lateness of the timer or of the first question.
    ///
    /// @return zero or more
    public Duration over() {
        return Duration.ofNanos(end().overNanos);
    }

    private static String message(End end) {
        if (!end.timed) {
            return "deadline exceeded";
        }
        String name = end.name == null ? "" : end.name + " ";
        return "deadline exceeded: %s%s, %s"
                .formatted(name, Deadline.text(end.budgetNanos), Deadline.left(-end.overNanos));
    }
}
