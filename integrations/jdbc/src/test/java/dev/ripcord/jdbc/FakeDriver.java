package dev.ripcord.jdbc;

import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A JDBC driver that does what a test tells it, at the moment that the test wants.
///
/// It notes the calls that a database would see, and lets each do what [#on] says; by default they succeed at once.
final class FakeDriver {

    /// What a call does.
    interface Behaviour {
        void run() throws Exception;
    }

    /// The calls that a database would see, in order: `execute`, `cancel`, `commit`, `rollback`, `abort`, `close`, …
    final List<String> calls = new CopyOnWriteArrayList<>();

    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();

    /// What its connections are.
    private final Class<?> type;

    FakeDriver() {
        this(Connection.class);
    }

    /// A driver whose connections are of `type`, an interface.
    FakeDriver(Class<?> type) {
        this.type = type;
    }

    /// Makes the call `name` do `behaviour`.
    FakeDriver on(String name, Behaviour behaviour) {
        behaviours.put(name, behaviour);
        return this;
    }

    /// How often `name` was called.
    long count(String name) {
        return calls.stream().filter(name::equals).count();
    }

    /// Waits until `name` has been called, at most 10 s.
    void awaitCall(String name) {
        long start = System.nanoTime();
        while (count(name) == 0) {
            if (System.nanoTime() - start > 10_000_000_000L) {
                throw new AssertionError("no " + name + " after 10 s: " + calls);
            }
            Thread.onSpinWait();
        }
    }

    /// A source that makes a new connection each time.
    DataSource source() {
        return proxy(DataSource.class, (self, method, arguments) -> switch (method.getName()) {
            case "getConnection" -> connect();
            case "getLogWriter" -> new PrintWriter(Writer.nullWriter());
            case "toString" -> "FakeDriver";
            default -> ordinary(self, method.getName(), method.getReturnType(), arguments);
        });
    }

    /// A connection in auto-commit mode.
    Connection connect() throws SQLException {
        call("connect");
        boolean[] flags = {true, false}; // auto-commit, closed
        return (Connection) proxy(type, (self, method, arguments) -> {
            String name = method.getName();
            if (flags[1]
                    && !List.of("close", "isClosed", "abort", "toString", "hashCode")
                            .contains(name)) {
                throw new SQLException("connection is closed", "08003");
            }
            return switch (name) {
                case "isClosed" -> flags[1];
                case "getAutoCommit" -> flags[0];
                case "setAutoCommit" -> {
                    call("setAutoCommit " + arguments[0]);
                    flags[0] = (boolean) arguments[0];
                    yield null;
                }
                case "abort", "close" -> {
                    if (!flags[1]) {
                        flags[1] = true;
                        call(name);
                    }
                    yield null;
                }
                case "createStatement" -> statement(Statement.class);
                case "prepareStatement" -> {
                    call("prepare");
                    yield statement(PreparedStatement.class);
                }
                case "getMetaData" -> metaData();
                case "isValid" -> {
                    try {
                        call(name);
                        yield true;
                    } catch (SQLException e) {
                        yield false;
                    }
                }
                case "stopQuery", "closeSocket" -> {
                    call(name);
                    yield null;
                }
                case "isWrapperFor" -> ((Class<?>) arguments[0]).isInstance(self);
                case "unwrap" -> self;
                case "rollback" -> {
                    call(arguments == null ? name : "rollback to savepoint");
                    yield null;
                }
                case "commit", "setSavepoint", "releaseSavepoint" -> {
                    call(name);
                    yield null;
                }
                case "setReadOnly", "setTransactionIsolation" -> {
                    call(name + " " + arguments[0]);
                    yield null;
                }
                default -> ordinary(self, name, method.getReturnType(), arguments);
            };
        });
    }

    private DatabaseMetaData metaData() {
        return proxy(DatabaseMetaData.class, (self, method, arguments) -> {
            call(method.getName());
            return rows();
        });
    }

    private <S extends Statement> S statement(Class<S> type) {
        return proxy(type, (self, method, arguments) -> switch (method.getName()) {
            case "execute", "executeQuery", "executeUpdate", "executeBatch", "cancel" -> {
                call(method.getName());
                yield method.getReturnType() == ResultSet.class
                        ? rows()
                        : ordinary(self, "", method.getReturnType(), arguments);
            }
            default -> ordinary(self, method.getName(), method.getReturnType(), arguments);
        });
    }

    private ResultSet rows() {
        return proxy(ResultSet.class, (self, method, arguments) -> {
            if (method.getName().equals("next")) {
                call("next");
                return true;
            }
            return ordinary(self, method.getName(), method.getReturnType(), arguments);
        });
    }

    private void call(String name) throws SQLException {
        calls.add(name);
        try {
            behaviours.getOrDefault(name, () -> {}).run();
        } catch (SQLException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new SQLException(e);
        }
    }

    private static @Nullable Object ordinary(Object self, String name, Class<?> result, Object @Nullable [] arguments) {
        return switch (name) {
            case "toString" -> "fake";
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> arguments != null && self == arguments[0];
            default -> result == boolean.class ? (Object) false : result == int.class ? (Object) 0 : null;
        };
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(FakeDriver.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /// A batch failure with these counts.
    static BatchUpdateException batchFailure(int... counts) {
        return new BatchUpdateException("batch failed", "57014", 7, counts);
    }
}
