package dev.ripcord.jdbc;

import dev.ripcord.ContextException;

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
/// - Frameworks wrap it in types of their own; [ContextException#find] finds the context's exception in any of them.
public sealed interface ContextSQLException
        permits SQLBatchStoppedException,
                SQLCancelledException,
                SQLDeadlineExceededException,
                SQLOutcomeUnknownException {

    /// How the context ended.
    ///
    /// @return the same as the exception's cause
    ContextException contextException();
}
