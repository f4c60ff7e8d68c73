package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.sql.SQLException;

/// A call that was refused or stopped because the context was cancelled.
public final class SQLCancelledException extends SQLException implements ContextSQLException {

    private static final long serialVersionUID = 1L;

    private final ContextException end;

    SQLCancelledException(String what, ContextException end) {
        super(what + ": " + end.getMessage(), "57014", end);
        this.end = end;
    }

    @Override
    public ContextException contextException() {
        return end;
    }
}
