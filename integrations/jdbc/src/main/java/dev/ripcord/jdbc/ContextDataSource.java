package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;

import dev.ripcord.Context;
import dev.ripcord.Context.CallableOp;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.logging.Logger;
import javax.sql.DataSource;

/// A `DataSource` whose connections end with a context: the statement that runs is cancelled in the database, the
/// transaction is rolled back, the wait for a connection is over.
///
/// It goes around a pool, and inside whatever manages transactions. Connections come back to the pool usable, or
/// they are discarded; a cancel never reaches the next statement or the next borrower.
///
/// {@snippet class="dev.ripcord.jdbc.JdbcExampleTest" region="query"}
///
/// ## Rules
///
/// - [#getConnection(Context)] binds the connection to its argument, [#getConnection()] to the [Context#current()].
/// - If that context can never end, the result is the pool's own connection: nothing is wrapped and nothing costs.
/// - When the context ends, a call that waits for the database is cancelled through the driver, again and again until
///   it returns; it throws a [ContextSQLException]. After the grace the connection is cut off.
/// - Every later statement is refused with such an exception.
/// - An open transaction is rolled back at once, in the background if its owner is idle: its locks are free.
/// - `commit` after the end rolls back and throws. A commit that has begun is not cancelled.
/// - `rollback` and `close` always work, each within the grace.
/// - Closing a connection with an open transaction rolls it back, whatever the driver would do. It waits for a call
///   that another thread has in the driver; `abort` does not.
/// - `unwrap` leads around all this.
///
/// ## Threads and memory
///
/// What must be stopped is stopped from daemon platform threads, so it works when all carriers are busy. No
/// thread is interrupted while it is in a driver. Without an end no thread of ours is used, except that a source
/// that is not a known pool (HikariCP, Agroal, Tomcat, c3p0, DBCP2) is asked on one; see [#withCallerThread()].
public final class ContextDataSource implements DataSource {

    private final DataSource source;
    private final Settings settings;
    private final Acquisition acquisition;

    private ContextDataSource(DataSource source, Settings settings, Acquisition acquisition) {
        this.source = source;
        this.settings = settings;
        this.acquisition = acquisition;
    }

    /// `dataSource` with connections that end with a context, and a grace of one second.
    ///
    /// @param dataSource the pool, or whatever makes connections
    /// @return a new source over it
    public static ContextDataSource of(DataSource dataSource) {
        requireNonNull(dataSource, "dataSource");
        return new ContextDataSource(dataSource, Settings.DEFAULT, Acquisition.of(dataSource));
    }

    /// The same source with another grace: how long a database may take to react before the connection is cut off.
    ///
    /// @param grace zero cuts the connection off as soon as one cancel has been sent, without which the database would
    ///     go on; a cancel that hangs is waited for a quarter of a second, however short the grace
    /// @return a new source
    /// @throws IllegalArgumentException if `grace` is negative
    public ContextDataSource withGrace(Duration grace) {
        requireNonNull(grace, "grace");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        return with(new Settings(grace, settings.afterCancel(), settings.belts()));
    }

    /// The same source with another answer to what becomes of a connection on which a cancel was sent.
    ///
    /// Without it the driver tells: connections of PostgreSQL, MariaDB, MySQL, SQLite, DuckDB and H2 in this process
    /// are reused; those of Oracle and SQL Server, which have not been tried on a server, are validated; all others are
    /// discarded. Say [AfterCancel#VALIDATE] if a proxy such as PgBouncer is between.
    ///
    /// @param afterCancel for every connection of this source
    /// @return a new source
    public ContextDataSource withAfterCancel(AfterCancel afterCancel) {
        requireNonNull(afterCancel, "afterCancel");
        return with(new Settings(settings.grace(), afterCancel, settings.belts()));
    }

    /// The same source with these belts, and no others: limits that hold without Ripcord.
    ///
    /// @param belts none takes all off
    /// @return a new source
    public ContextDataSource withBelts(Belt... belts) {
        requireNonNull(belts, "belts");
        return with(new Settings(settings.grace(), settings.afterCancel(), Set.copyOf(List.of(belts))));
    }

    private ContextDataSource with(Settings settings) {
        return new ContextDataSource(source, settings, acquisition);
    }

    /// The same source, always asked on the calling thread, so that it sees the thread's locals (a tenant, a route).
    ///
    /// If it is not a known pool, the wait for a connection then ends when the source says so, not with the context.
    ///
    /// @return a new source
    public ContextDataSource withCallerThread() {
        Acquisition caller = acquisition == Acquisition.HANDED_OVER ? Acquisition.ENDURED : acquisition;
        return new ContextDataSource(source, settings, caller);
    }

    /// A connection that ends with `ctx`.
    ///
    /// @param ctx what to bind it to
    /// @return a connection that is bound to `ctx`, or the source's own if `ctx` can never end
    /// @throws SQLException a [ContextSQLException] if `ctx` ends before there is one; else what the source threw
    public Connection getConnection(Context ctx) throws SQLException {
        return connection(requireNonNull(ctx, "ctx"), source::getConnection);
    }

    /// A connection that ends with the [Context#current()].
    @Override
    public Connection getConnection() throws SQLException {
        return connection(Context.current(), source::getConnection);
    }

    /// A connection for `user` that ends with the [Context#current()].
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return connection(Context.current(), () -> source.getConnection(user, password));
    }

    /// A builder of connections that end with the context that is current when they are built.
    @Override
    public ConnectionBuilder createConnectionBuilder() throws SQLException {
        return new Builder(source.createConnectionBuilder());
    }

    /// A connection with a guard, which one for a context that can never end has, too.
    GuardedConnection guarded(Context ctx) throws SQLException {
        return guarded(ctx, acquisition.acquire(ctx, source::getConnection));
    }

    private Connection connection(Context ctx, CallableOp<Connection, SQLException> make) throws SQLException {
        if (ctx.done().isNever()) {
            return make.call();
        }
        return guarded(ctx, acquisition.acquire(ctx, make));
    }

    private GuardedConnection guarded(Context ctx, Connection connection) throws SQLException {
        return Guard.guard(ctx, connection, source, settings);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        source.setLogWriter(out);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return source.getParentLogger();
    }

    @Override
    public ShardingKeyBuilder createShardingKeyBuilder() throws SQLException {
        return source.createShardingKeyBuilder();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || type.isInstance(source) || source.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        return type.isInstance(source) ? type.cast(source) : source.unwrap(type);
    }

    /// The source and the grace.
    @Override
    public String toString() {
        return "ContextDataSource(" + source + ", grace " + settings.grace() + ")";
    }

    /// A builder whose connections end with the current context.
    private final class Builder implements ConnectionBuilder {

        private final ConnectionBuilder builder;

        Builder(ConnectionBuilder builder) {
            this.builder = builder;
        }

        @Override
        public ConnectionBuilder user(String name) {
            builder.user(name);
            return this;
        }

        @Override
        public ConnectionBuilder password(String password) {
            builder.password(password);
            return this;
        }

        @Override
        public ConnectionBuilder shardingKey(ShardingKey key) {
            builder.shardingKey(key);
            return this;
        }

        @Override
        public ConnectionBuilder superShardingKey(ShardingKey key) {
            builder.superShardingKey(key);
            return this;
        }

        @Override
        public Connection build() throws SQLException {
            return connection(Context.current(), builder::build);
        }
    }
}
