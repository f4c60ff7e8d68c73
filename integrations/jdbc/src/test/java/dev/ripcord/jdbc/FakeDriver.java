package dev.ripcord.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

    /// What its setters, updates and makers were given.
    final List<Object> given = new CopyOnWriteArrayList<>();

    private static final Set<Class<?>> VALUES = Set.of(
            Array.class,
            Blob.class,
            Clob.class,
            NClob.class,
            ParameterMetaData.class,
            ResultSetMetaData.class,
            SQLXML.class);

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
                case "stopQuery", "closeSocket", "forgetCancels" -> {
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
                default -> given(self, method, arguments);
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
            case "close" -> {
                behave("close of a statement");
                yield null;
            }
            default -> given(self, method, arguments);
        });
    }

    private ResultSet rows() {
        return proxy(ResultSet.class, (self, method, arguments) -> {
            if (method.getName().equals("next")) {
                call("next");
                return true;
            }
            return given(self, method, arguments);
        });
    }

    /// What a call gives that passes values to the driver, or gets one from it.
    private @Nullable Object given(Object self, Method method, Object @Nullable [] arguments) throws SQLException {
        String name = method.getName();
        if (name.startsWith("set") || name.startsWith("update") || name.startsWith("create")) {
            given.addAll(Arrays.asList(Objects.requireNonNull(arguments, name)));
        } else if (VALUES.contains(method.getReturnType())) {
            return value(method.getReturnType());
        }
        return ordinary(self, name, method.getReturnType(), arguments);
    }

    /// A value of `type` that the database would see the calls of.
    private Object value(Class<?> type) {
        return proxy(type, (self, method, arguments) -> {
            if (method.getDeclaringClass() == Object.class) {
                return ordinary(self, method.getName(), method.getReturnType(), arguments);
            }
            call(method.getName());
            Class<?> result = method.getReturnType();
            if (result == ResultSet.class) {
                return rows();
            }
            return result == InputStream.class
                    ? in()
                    : result == OutputStream.class
                            ? out()
                            : result == Reader.class
                                    ? new InputStreamReader(in(), StandardCharsets.UTF_8)
                                    : result == Writer.class
                                            ? new OutputStreamWriter(out(), StandardCharsets.UTF_8)
                                            : result == long.class
                                                    ? (Object) 0L
                                                    : ordinary(self, "", result, arguments);
        });
    }

    private InputStream in() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                io("read");
                return 'x';
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                bytes[offset] = (byte) read();
                return 1;
            }

            @Override
            public void close() throws IOException {
                io("close of a stream");
            }
        };
    }

    private OutputStream out() {
        return new OutputStream() {
            @Override
            public void write(int oneByte) throws IOException {
                io("write");
            }

            @Override
            public void close() throws IOException {
                io("close of a stream");
            }
        };
    }

    private void io(String name) throws IOException {
        try {
            call(name);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private void call(String name) throws SQLException {
        calls.add(name);
        behave(name);
    }

    private void behave(String name) throws SQLException {
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
