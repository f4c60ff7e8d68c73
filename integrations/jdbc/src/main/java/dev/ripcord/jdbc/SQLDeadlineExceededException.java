package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.sql.SQLTimeoutException;

/// A call that was refused or stopped because a deadline has passed.
public final class SQLDeadlineExceededException extends SQLTimeoutException implements ContextSQLException {

    private static final long serialVersionUID = 1L;

    private final ContextException end;

    SQLDeadlineExceededException(String what, ContextException end) {
        super(what + ": " + end.getMessage(), "57014", end);
        this.end = end;
    }

    @Override
    public ContextException contextException() {
        return end;
    }
}
