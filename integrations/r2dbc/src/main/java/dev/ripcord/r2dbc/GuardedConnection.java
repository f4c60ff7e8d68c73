package dev.ripcord.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/// A connection whose every publisher passes through a guard.
record GuardedConnection(Connection connection, Guard guard) implements Connection, Wrapped<Connection> {

    @Override
    public Publisher<Void> beginTransaction() {
        return guard.work(connection.beginTransaction());
    }

    @Override
    public Publisher<Void> beginTransaction(TransactionDefinition definition) {
        return guard.work(connection.beginTransaction(definition));
    }

    @Override
    public Publisher<Void> close() {
        return guard.close(Mono.defer(() -> Mono.from(connection.close())));
    }

    @Override
    public Publisher<Void> commitTransaction() {
        return guard.commit(connection.commitTransaction(), connection.rollbackTransaction());
    }

    @Override
    public Batch createBatch() {
        return new GuardedBatch(connection.createBatch(), guard);
    }

    @Override
    public Publisher<Void> createSavepoint(String name) {
        return guard.work(connection.createSavepoint(name));
    }

    @Override
    public Statement createStatement(String sql) {
        return new GuardedStatement(connection.createStatement(sql), guard);
    }

    @Override
    public boolean isAutoCommit() {
        return connection.isAutoCommit();
    }

    @Override
    public ConnectionMetadata getMetadata() {
        return connection.getMetadata();
    }

    @Override
    public IsolationLevel getTransactionIsolationLevel() {
        return connection.getTransactionIsolationLevel();
    }

    @Override
    public Publisher<Void> releaseSavepoint(String name) {
        return guard.work(connection.releaseSavepoint(name));
    }

    @Override
    public Publisher<Void> rollbackTransaction() {
        return guard.finish(connection.rollbackTransaction());
    }

    @Override
    public Publisher<Void> rollbackTransactionToSavepoint(String name) {
        return guard.finish(connection.rollbackTransactionToSavepoint(name));
    }

    /// Commits an open transaction if it is true, so it is refused after the end like a statement.
    @Override
    public Publisher<Void> setAutoCommit(boolean autoCommit) {
        return guard.work(connection.setAutoCommit(autoCommit));
    }

    @Override
    public Publisher<Void> setLockWaitTimeout(Duration timeout) {
        return guard.work(connection.setLockWaitTimeout(timeout));
    }

    @Override
    public Publisher<Void> setStatementTimeout(Duration timeout) {
        return guard.work(connection.setStatementTimeout(timeout));
    }

    @Override
    public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
        return guard.work(connection.setTransactionIsolationLevel(isolationLevel));
    }

    @Override
    public Publisher<Boolean> validate(ValidationDepth depth) {
        return guard.finish(connection.validate(depth));
    }

    @Override
    public Connection unwrap() {
        return connection;
    }

    /// The connection that it guards.
    @Override
    public String toString() {
        return "GuardedConnection(" + connection + ")";
    }
}
