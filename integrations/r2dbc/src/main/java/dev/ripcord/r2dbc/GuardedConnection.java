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
import reactor.core.publisher.Flux;

/// A connection whose every publisher passes through a guard.
///
/// Those of the driver are made when they are subscribed to: MariaDB's looks already when it makes one whether a
/// transaction is open.
record GuardedConnection(Connection connection, Guard guard) implements Connection, Wrapped<Connection> {

    @Override
    public Publisher<Void> beginTransaction() {
        return guard.work(Flux.defer(connection::beginTransaction));
    }

    @Override
    public Publisher<Void> beginTransaction(TransactionDefinition definition) {
        return guard.work(Flux.defer(() -> connection.beginTransaction(definition)));
    }

    @Override
    public Publisher<Void> close() {
        return guard.close(Flux.defer(connection::close));
    }

    @Override
    public Publisher<Void> commitTransaction() {
        return guard.commit(Flux.defer(connection::commitTransaction));
    }

    @Override
    public Batch createBatch() {
        return new GuardedBatch(connection.createBatch(), guard);
    }

    @Override
    public Publisher<Void> createSavepoint(String name) {
        return guard.work(Flux.defer(() -> connection.createSavepoint(name)));
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
        return guard.work(Flux.defer(() -> connection.releaseSavepoint(name)));
    }

    @Override
    public Publisher<Void> rollbackTransaction() {
        return guard.finish(Flux.defer(connection::rollbackTransaction));
    }

    /// After the end the whole transaction has been rolled back.
    @Override
    public Publisher<Void> rollbackTransactionToSavepoint(String name) {
        return guard.work(Flux.defer(() -> connection.rollbackTransactionToSavepoint(name)));
    }

    /// Commits an open transaction if it is true, so it is refused after the end like a statement.
    @Override
    public Publisher<Void> setAutoCommit(boolean autoCommit) {
        return guard.work(Flux.defer(() -> connection.setAutoCommit(autoCommit)));
    }

    @Override
    public Publisher<Void> setLockWaitTimeout(Duration timeout) {
        return guard.work(Flux.defer(() -> connection.setLockWaitTimeout(timeout)));
    }

    @Override
    public Publisher<Void> setStatementTimeout(Duration timeout) {
        return guard.work(Flux.defer(() -> connection.setStatementTimeout(timeout)));
    }

    @Override
    public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
        return guard.work(Flux.defer(() -> connection.setTransactionIsolationLevel(isolationLevel)));
    }

    @Override
    public Publisher<Boolean> validate(ValidationDepth depth) {
        return guard.finish(Flux.defer(() -> connection.validate(depth)));
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
