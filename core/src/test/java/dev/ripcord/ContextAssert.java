package dev.ripcord;

import dev.ripcord.ContextException.Kind;
import java.util.Optional;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/// Asserts how a context stands, and each time that all its answers agree with each other.
final class ContextAssert extends AbstractAssert<ContextAssert, Context> {

    private ContextAssert(Context actual) {
        super(actual, ContextAssert.class);
    }

    static ContextAssert assertThat(Context actual) {
        return new ContextAssert(actual);
    }

    /// It has not ended, whichever way one asks.
    ContextAssert isLive() {
        Assertions.assertThat(actual.err()).as("err of %s", actual).isEmpty();
        Assertions.assertThat(actual.cause()).as("cause of %s", actual).isEmpty();
        Assertions.assertThat(actual.done().isDone()).as("done of %s", actual).isFalse();
        Assertions.assertThatCode(actual::throwIfDone).doesNotThrowAnyException();
        return this;
    }

    /// It was cancelled or closed, without a cause.
    ContextAssert isCancelled() {
        ContextException err = ended(Kind.CANCELLED);
        Assertions.assertThat(err.getCause()).as("getCause of %s", err).isNull();
        Assertions.assertThat(actual.cause()).as("cause of %s", actual).containsSame(err);
        return this;
    }

    /// It was cancelled with `cause`.
    ContextAssert isCancelledBecauseOf(Throwable cause) {
        ContextException err = ended(Kind.CANCELLED);
        Assertions.assertThat(err.getCause()).as("getCause of %s", err).isSameAs(cause);
        Assertions.assertThat(actual.cause()).as("cause of %s", actual).containsSame(cause);
        return this;
    }

    /// A deadline passed that has no name.
    ContextAssert isOutOfTime() {
        return outOfTime(Optional.empty());
    }

    /// The deadline named `name` passed.
    ContextAssert isOutOfTime(String name) {
        return outOfTime(Optional.of(name));
    }

    private ContextAssert outOfTime(Optional<String> name) {
        ContextException err = ended(Kind.DEADLINE_EXCEEDED);
        Assertions.assertThat(((DeadlineExceededException) err).name()).isEqualTo(name);
        Assertions.assertThat(actual.cause()).as("cause of %s", actual).containsSame(err);
        return this;
    }

    private ContextException ended(Kind kind) {
        ContextException err = actual.err().orElseThrow(() -> failure("%s has not ended", actual));
        Assertions.assertThat(err.kind()).as("kind of %s", err).isEqualTo(kind);
        Assertions.assertThat(actual.err()).as("err, asked again").containsSame(err);
        Assertions.assertThat(actual.done().isDone()).as("done of %s", actual).isTrue();
        Assertions.assertThatThrownBy(actual::throwIfDone).hasSameClassAs(err).hasCause(err.getCause());
        return err;
    }
}
