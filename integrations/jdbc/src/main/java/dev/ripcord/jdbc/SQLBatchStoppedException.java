package dev.ripcord.jdbc;

import dev.ripcord.ContextException;
import java.sql.BatchUpdateException;

/// A batch that was stopped because the context has ended, with the update counts that the driver reported.
public final class SQLBatchStoppedException extends BatchUpdateException implements ContextSQLException {

    private static final long serialVersionUID = 1L;

    private final ContextException end;

    SQLBatchStoppedException(String what, ContextException end, long[] counts) {
        super(what + ": " + end.getMessage(), "57014", 0, counts, end);
        this.end = end;
    }

    @Override
    public ContextException contextException() {
        return end;
    }
}
