package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.sql.SQLNonTransientConnectionException;

/// A commit that had begun when the context ended, and got no answer within the grace: it may have taken effect or not.
///
/// The connection has been closed. Whether to look, to repeat or to give up only the caller can tell.
public final class SQLOutcomeUnknownException extends SQLNonTransientConnectionException
        implements ContextSQLException {

    private static final long serialVersionUID = 1L;

    private final ContextException end;

    SQLOutcomeUnknownException(String what, ContextException end) {
        super(what + ": " + end.getMessage(), "08007", end);
        this.end = end;
    }

    @Override
    public ContextException contextException() {
        return end;
    }
}
