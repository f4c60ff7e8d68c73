package dev.ripcord.jdbc;

import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.DriverSupport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.h2.engine.SessionLocal;
import org.h2.engine.SessionRemote;
import org.h2.engine.SysProperties;
import org.h2.jdbc.JdbcConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/// The drivers that this module knows, and how it finds that of a connection.
///
/// It is found by asking the connection what it wraps, not by a URL, which pools and tracing drivers rewrite. None of
/// the drivers needs to be there: each is looked for once, by the name of its connection's type.
final class Drivers {

    /// The services first, then ours.
    private static final List<DriverSupport> ALL = Stream.concat(
                    ServiceLoader.load(DriverSupport.class, DriverSupport.class.getClassLoader()).stream()
                            .map(ServiceLoader.Provider::get),
                    Stream.of(
                                    Known.find("org.postgresql.core.BaseConnection", PostgreSql::of),
                                    Known.find("org.mariadb.jdbc.Connection", MariaDb::of),
                                    Known.find(
                                            "com.mysql.cj.jdbc.JdbcConnection",
                                            (connection, type) -> new MySql(connection)),
                                    Known.find("org.h2.jdbc.JdbcConnection", H2::of),
                                    Known.find("org.sqlite.SQLiteConnection", Embedded::of),
                                    Known.find("org.duckdb.DuckDBConnection", Embedded::of),
                                    Known.find(
                                            "oracle.jdbc.OracleConnection",
                                            (connection, type) -> new Oracle(connection)),
                                    Known.find(
                                            "com.microsoft.sqlserver.jdbc.ISQLServerConnection",
                                            (connection, type) -> new SqlServer(connection)),
                                    Known.find(
                                            "com.ibm.db2.jcc.DB2Connection", (connection, type) -> new Db2(connection)))
                            .flatMap(Optional::stream))
            .toList();

    private Drivers() {}

    /// How to stop the calls of `connection`.
    static ConnectionControl control(Connection connection) throws SQLException {
        for (DriverSupport driver : ALL) {
            Optional<ConnectionControl> control = driver.control(connection);
            if (control.isPresent()) {
                return control.get();
            }
        }
        return new Unknown(connection);
    }

    /// A driver that is on the class path.
    ///
    /// @param type of its connections
    private record Known(Class<?> type, Make make) implements DriverSupport {

        static Optional<DriverSupport> find(String type, Make make) {
            try {
                return Optional.of(new Known(Class.forName(type, false, Drivers.class.getClassLoader()), make));
            } catch (ClassNotFoundException | LinkageError e) {
                return Optional.empty();
            }
        }

        @Override
        public Optional<ConnectionControl> control(Connection connection) throws SQLException {
            return connection.isWrapperFor(type) ? Optional.of(make.control(connection, type)) : Optional.empty();
        }
    }

    /// Makes the control of a connection that is, or wraps, one of `type`.
    @FunctionalInterface
    private interface Make {
        ConnectionControl control(Connection connection, Class<?> type) throws SQLException;
    }

    /// What JDBC itself offers.
    ///
    /// Its connection may be a pool's.
    private interface Standard extends ConnectionControl {

        Connection connection();

        @Override
        default void cancel(Call call) throws SQLException {
            if (call.statement() != null) {
                call.statement().cancel();
            }
        }

        @Override
        default void cutOff() throws SQLException {
            connection().abort(Runnable::run);
        }

        @Override
        default AfterCancel afterCancel() {
            return AfterCancel.DISCARD;
        }
    }

    /// A driver that nobody knows: no trust in a connection that was cancelled.
    private record Unknown(Connection connection) implements Standard {}

    /// pgjdbc. Its `Statement.cancel()` works once per execution and not at all in the fetches of a cursor, and has the
    /// executing thread wait for it; `cancelQuery()` does none of that. Closing the socket is the only thing that ends
    /// a read when the server is frozen.
    ///
    /// Out of auto-commit it sends `begin` as a query of its own ahead of the first statement, without waiting for the
    /// answer. A cancel that hits the `begin` would leave the statement to run, and be committed, by itself, while its
    /// caller is told that it was cancelled. So none is sent before the driver has the answer.
    private record PostgreSql(Connection connection, BaseConnection postgres) implements Standard {

        static ConnectionControl of(Connection connection, Class<?> type) throws SQLException {
            return new PostgreSql(connection, connection.unwrap(BaseConnection.class));
        }

        @Override
        public void cancel(Call call) throws SQLException {
            boolean begins = !postgres.getAutoCommit() && postgres.getTransactionState() == TransactionState.IDLE;
            if (!begins) {
                postgres.cancelQuery();
            }
        }

        @Override
        public boolean isAborted() {
            return postgres.getTransactionState() == TransactionState.FAILED;
        }

        @Override
        public boolean isLazy(Call call) {
            return false;
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }

        /// Out of transactions, for a rollback would take the setting back.
        @Override
        public Undo limitStatements(Duration limit) throws SQLException {
            String former;
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(String.format(Locale.ROOT, """
                            select current_setting('statement_timeout'), set_config('statement_timeout',
                                case when current_setting('statement_timeout')::interval between '1 ms' and '%1$d ms'
                                    then current_setting('statement_timeout') else '%1$d' end, false)""", limit.toMillis()))) {
                rows.next();
                former = rows.getString(1);
            }
            keep();
            return () -> {
                try (PreparedStatement statement =
                        connection.prepareStatement("select set_config('statement_timeout', ?, false)")) {
                    statement.setString(1, former);
                    statement.execute();
                }
                keep();
            };
        }

        private void keep() throws SQLException {
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
    }

    /// MariaDB Connector/J. Its `abort` opens a connection of its own to kill the session, and hangs as long as the
    /// server does; closing its client shuts the socket. A cancel that hangs with a frozen server is still sent when
    /// that goes on, so the statement does not outlive its client.
    private record MariaDb(Connection connection, org.mariadb.jdbc.Connection mariadb) implements Standard {

        static ConnectionControl of(Connection connection, Class<?> type) throws SQLException {
            return new MariaDb(connection, connection.unwrap(org.mariadb.jdbc.Connection.class));
        }

        @Override
        public void cancel(Call call) throws SQLException {
            mariadb.cancelCurrentQuery();
        }

        @Override
        public void cutOff() throws SQLException {
            mariadb.getClient().close();
        }

        /// In rows of `Integer.MIN_VALUE` at a time a column is read when it is asked for.
        @Override
        public boolean isLazy(Call call) {
            return isStreamed(call);
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }

        @Override
        public Undo limitStatements(Duration limit) throws SQLException {
            return limitStatementsOfMySql(connection, limit);
        }
    }

    /// MySQL Connector/J. It knows no cancel once rows are streamed, and its `close` reads the rest of them: such a
    /// connection is cut off. Its `close` also hangs with the server; its `abort` shuts the socket.
    private record MySql(Connection connection) implements Standard {

        @Override
        public boolean isCancellable(Call call) {
            return !isStreamed(call);
        }

        @Override
        public boolean isLazy(Call call) {
            return false;
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }

        @Override
        public Undo limitStatements(Duration limit) throws SQLException {
            return limitStatementsOfMySql(connection, limit);
        }
    }

    /// Whether it fetches rows as they come, which MySQL's fetch size for it says, and MariaDB's driver takes too.
    private static boolean isStreamed(ConnectionControl.Call call) {
        try {
            return call.isFetch()
                    && call.statement() != null
                    && call.statement().getFetchSize() == Integer.MIN_VALUE;
        } catch (SQLException e) {
            return false; // it is closed
        }
    }

    /// Limits statements on MariaDB and on MySQL, by either driver. The session keeps the former limit.
    private static ConnectionControl.Undo limitStatementsOfMySql(Connection connection, Duration limit)
            throws SQLException {
        boolean mariaDb = connection.getMetaData().getDatabaseProductVersion().contains("MariaDB");
        String variable = mariaDb ? "max_statement_time" : "max_execution_time";
        String value = mariaDb
                ? String.format(Locale.ROOT, "%.3f", limit.toMillis() / 1000.0)
                : Long.toString(limit.toMillis());
        try (Statement statement = connection.createStatement()) {
            statement.execute("set @ripcord_limit = @@%1$s, %1$s = if(@@%1$s > 0 and @@%1$s < %2$s, @@%1$s, %2$s)"
                    .formatted(variable, value));
        }
        return () -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("set %s = @ripcord_limit".formatted(variable));
            }
        };
    }

    /// H2 in this process. A cancel sets a flag, and nothing cuts a call off.
    ///
    /// `Statement.cancel()` makes the statement forget its command, which is lost for good if it had just been set: no
    /// later cancel finds it. And a command that ends at that moment keeps the flag, while its session keeps the
    /// command. So the session is cancelled itself, whose flag can be taken back.
    private record H2(Connection connection, JdbcConnection h2, SessionLocal session) implements Standard {

        static ConnectionControl of(Connection connection, Class<?> type) throws SQLException {
            JdbcConnection h2 = connection.unwrap(JdbcConnection.class);
            return h2.getSession() instanceof SessionLocal session
                    ? new H2(connection, h2, session)
                    : new H2Server(connection, h2, (SessionRemote) h2.getSession());
        }

        @Override
        public void cancel(Call call) {
            session.cancel();
        }

        @Override
        public void settle() {
            try {
                session.checkCanceled();
            } catch (RuntimeException e) {
                // nobody waits for it any more; its own class, if named, would be looked for where there is no H2
            }
        }

        @Override
        public boolean isLazy(Call call) {
            return false;
        }

        @Override
        public void cutOff() {}

        @Override
        public void discard() throws SQLException {
            h2.close();
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }
    }

    /// H2 on a server, where a statement forgets its command too. So a cancel is also sent, ever more seldom, for every
    /// number that the command can have: the driver prepares a command anew rather than use an older number. The flag
    /// can stay set and hit the same SQL later. Nothing cuts a call off. What is large is read when it is asked for.
    private static final class H2Server implements Standard {

        private final Connection connection;
        private final JdbcConnection h2;
        private final SessionRemote session;

        /// Those sent, all by the one thread that stops the connection's calls.
        private int cancels;

        H2Server(Connection connection, JdbcConnection h2, SessionRemote session) {
            this.connection = connection;
            this.h2 = h2;
            this.session = session;
        }

        @Override
        public Connection connection() {
            return connection;
        }

        @Override
        public void cancel(Call call) throws SQLException {
            Standard.super.cancel(call);
            cancels++;
            if (cancels > 1 && Integer.bitCount(cancels) == 1) {
                int end = session.getCurrentId();
                for (int id = Math.max(0, end - SysProperties.SERVER_CACHED_OBJECTS); id < end; id++) {
                    session.cancelStatement(id);
                }
            }
        }

        @Override
        public void cutOff() {}

        @Override
        public void discard() throws SQLException {
            h2.close();
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.DISCARD;
        }
    }

    /// SQLite and DuckDB, in this process. A cancel is a flag that the engine looks at, and nothing else ends a call;
    /// their `abort` does nothing or throws. `close` waits for the call, in DuckDB with the lock that a cancel needs.
    private record Embedded(Connection connection, Connection own) implements Standard {

        static ConnectionControl of(Connection connection, Class<?> type) throws SQLException {
            return new Embedded(connection, (Connection) connection.unwrap(type));
        }

        @Override
        public void cutOff() {}

        @Override
        public void discard() throws SQLException {
            own.close();
        }

        @Override
        public boolean isLazy(Call call) {
            return false;
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }
    }

    /// Oracle, by reading ojdbc17 23.26.3, not tried on a server. `Statement.cancel()` sends a break only while the
    /// statement executes, again if it is called again, and the executing thread waits for it to be sent;
    /// `OracleConnection.cancel()` sends one to an idle session too, which hits what comes next.
    private record Oracle(Connection connection) implements Standard {

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.VALIDATE;
        }
    }

    /// SQL Server, by reading mssql-jdbc 13.6.2, not tried on a server. `Statement.cancel()` sends one attention signal
    /// per command, once the request is out, and the executing thread reads its acknowledgement; before that it
    /// interrupts the executing thread. `abort` closes the socket.
    private record SqlServer(Connection connection) implements Standard {

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.VALIDATE;
        }
    }

    /// Db2, by reading jcc 12.1.5 as far as its names allow, not tried on a server: as JDBC says, and no trust after.
    private record Db2(Connection connection) implements Standard {}
}
