package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the objects of a [ContextDataSource] throw because the context has ended.
///
/// Every implementation is a [java.sql.SQLException] whose cause is the context's own exception, with the name and
/// budget of the deadline or the cause of the cancellation. What the driver threw is suppressed in it.
///
/// | thrown | SQLState | when |
/// |---|---|---|
/// | [SQLDeadlineExceededException] | 57014 | a deadline has passed |
/// | [SQLCancelledException] | 57014 | the context was cancelled |
/// | [SQLBatchStoppedException] | 57014 | either, within a batch: with the driver's update counts |
/// | [SQLOutcomeUnknownException] | 08007 | either, within a commit that had to be cut off |
///
/// ## Rules
///
/// - It is thrown only when the context has ended and the call was refused or stopped for that. Any other
///   exception of the driver is passed on as it is.
public sealed interface ContextSQLException
        permits SQLBatchStoppedException,
                SQLCancelledException,
                SQLDeadlineExceededException,
                SQLOutcomeUnknownException {

    /// How the context ended.
    ///
    /// @return the same as the exception's cause
    ContextException contextException();

    /// The end of a context that `exception` comes from, if one is among its causes.
    ///
    /// Frameworks wrap what a driver throws in types of their own; none of them drops the cause.
    ///
    /// @param exception what was caught, of any type
    /// @return the first [ContextException] among it and its causes
    static Optional<ContextException> find(@Nullable Throwable exception) {
        Throwable cause = exception;
        for (int depth = 0; cause != null && depth < 100; depth++) {
            if (cause instanceof ContextException end) {
                return Optional.of(end);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }
}
