package dev.ripcord.testkit;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.ContextException.Kind;
import dev.ripcord.Deadline;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.Key;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/// Asserts how a context stands, with AssertJ.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="assertions"}
///
/// To ask is to look at the clock: a context whose deadline has passed ends by being asserted about.
public final class ContextAssert extends AbstractAssert<ContextAssert, Context> {

    private ContextAssert(@Nullable Context actual) {
        super(actual, ContextAssert.class);
    }

    /// Begins to assert. It can be imported beside AssertJ's own of that name.
    ///
    /// @param actual the context
    /// @return what to go on with
    public static ContextAssert assertThat(@Nullable Context actual) {
        return new ContextAssert(actual);
    }

    /// It has not ended.
    ///
    /// @return this
    public ContextAssert isLive() {
        context().err().ifPresent(err -> fail("expected <%s> to be live, but: %s", actual, text(err)));
        return this;
    }

    /// It has ended, in whichever way.
    ///
    /// @return this
    public ContextAssert isDone() {
        err();
        return this;
    }

    /// It was cancelled or closed.
    ///
    /// @return this
    public ContextAssert isCancelled() {
        cancelled();
        return this;
    }

    /// It was cancelled with just this cause.
    ///
    /// @param cause the same object
    /// @return this
    public ContextAssert isCancelledWith(Throwable cause) {
        if (cancelled().getCause() != cause) {
            fail("expected <%s> to be cancelled with <%s>, but: %s", actual, cause, text(cancelled()));
        }
        return this;
    }

    /// It was cancelled with a cause of this type.
    ///
    /// @param type of the cause
    /// @return this
    public ContextAssert isCancelledWith(Class<? extends Throwable> type) {
        if (!type.isInstance(cancelled().getCause())) {
            fail("expected <%s> to be cancelled with a %s, but: %s", actual, type.getName(), text(cancelled()));
        }
        return this;
    }

    /// A deadline passed, whichever.
    ///
    /// @return this
    public ContextAssert isOutOfTime() {
        outOfTime();
        return this;
    }

    /// The deadline of this name passed.
    ///
    /// @param name as given to [Context#withTimeout(Duration, String)]
    /// @return this
    public ContextAssert isOutOfTime(String name) {
        if (!outOfTime().name().equals(Optional.of(name))) {
            fail("expected <%s> to be out of time by <%s>, but: %s", actual, name, text(outOfTime()));
        }
        return this;
    }

    /// It has a deadline with at most this much time left.
    ///
    /// @param most how much
    /// @return this
    public ContextAssert hasDeadlineWithin(Duration most) {
        Duration left = deadline().remaining();
        if (left.compareTo(most) > 0) {
            fail("expected <%s> to have at most %s left, but it has %s", actual, most, left);
        }
        return this;
    }

    /// It has a deadline.
    ///
    /// @return this
    public ContextAssert hasDeadline() {
        deadline();
        return this;
    }

    /// It has no deadline.
    ///
    /// @return this
    public ContextAssert hasNoDeadline() {
        context().deadline().ifPresent(deadline -> fail("expected <%s> to have no deadline", actual));
        return this;
    }

    /// It has this value.
    ///
    /// @param <T> the type of the value
    /// @param key what to ask for
    /// @param value null for none
    /// @return this
    public <T> ContextAssert hasValue(Key<T> key, @Nullable T value) {
        T found = context().value(key);
        if (!Objects.equals(found, value)) {
            fail("expected <%s> to have the %s <%s>, but it has <%s>", actual, key, value, found);
        }
        return this;
    }

    private Context context() {
        isNotNull();
        return actual;
    }

    private Deadline deadline() {
        return context()
                .deadline()
                .orElseThrow(() -> failure("expected <%s> to have a deadline, but it has none", actual));
    }

    private ContextException err() {
        return context().err().orElseThrow(() -> failure("expected <%s> to have ended, but it is live", actual));
    }

    private CancelledException cancelled() {
        return (CancelledException) ended(Kind.CANCELLED, "cancelled");
    }

    private DeadlineExceededException outOfTime() {
        return (DeadlineExceededException) ended(Kind.DEADLINE_EXCEEDED, "out of time");
    }

    private ContextException ended(Kind kind, String how) {
        ContextException err = err();
        if (err.kind() != kind) {
            fail("expected <%s> to be %s, but: %s", actual, how, text(err));
        }
        return err;
    }

    private void fail(String format, @Nullable Object... arguments) {
        throw failure(format, arguments);
    }

    private static String text(ContextException err) {
        return err.getMessage() + (err.getCause() == null ? "" : ", because of " + err.getCause());
    }
}
