package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.testkit.Gate;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Wrapper;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds of values whose content a driver may read from the database when it is asked, and of their streams.
class GuardedValueTest {

    /// How each is got.
    private static final Map<Class<?>, Getter> GETTERS = Map.of(
            Array.class, test -> test.rows.getArray(1),
            Blob.class, test -> test.rows.getBlob(1),
            Clob.class, test -> test.rows.getClob(1),
            NClob.class, test -> test.rows.getNClob(1),
            SQLXML.class, test -> test.rows.getSQLXML(1),
            ResultSetMetaData.class, test -> test.rows.getMetaData(),
            ParameterMetaData.class, test -> test.statement.getParameterMetaData());

    private final FakeDriver driver = new FakeDriver();
    private final CancellableContext ctx = Context.background().withCancel();
    private final Gate letGo = new Gate();

    private Connection connection;
    private PreparedStatement statement;
    private ResultSet rows;

    /// Gets a value.
    private interface Getter {
        Object get(GuardedValueTest test) throws SQLException;
    }

    private Object value(Class<?> type) throws SQLException {
        return requireNonNull(GETTERS.get(type), type.getName()).get(this);
    }

    @BeforeEach
    void query() throws SQLException {
        connection = ContextDataSource.of(driver.source())
                .withGrace(Duration.ofSeconds(60))
                .getConnection(ctx);
        statement = connection.prepareStatement("select");
        rows = statement.executeQuery();
    }

    @AfterEach
    void end() {
        ctx.close();
    }

    static Stream<Arguments> calls() {
        return GETTERS.keySet().stream()
                .flatMap(type -> Arrays.stream(type.getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .filter(method -> method.getDeclaringClass() != Wrapper.class)
                        .filter(method -> !method.getName().equals("free"))
                        .map(method -> Arguments.of(type, method)));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void everyCallIsRefusedAfterTheEnd(Class<?> type, Method method) throws SQLException {
        Object value = value(type);
        ctx.cancel();
        List<String> before = List.copyOf(driver.calls);

        Throwable thrown = catchThrowable(() -> method.invoke(value, arguments(method)));

        assertThat(thrown).isInstanceOf(InvocationTargetException.class);
        assertThat(thrown.getCause())
                .isInstanceOf(SQLCancelledException.class)
                .hasMessage("statement not started: context cancelled");
        assertThat(driver.calls).isEqualTo(before);
    }

    private static Object[] arguments(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(type -> type == int.class ? (Object) 1 : type == long.class ? (Object) 1L : null)
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void everyCallGoesToTheDriver(Class<?> type, Method method) throws Exception {
        Object value = value(type);

        method.invoke(value, arguments(method));

        assertThat(driver.calls).endsWith(method.getName());
    }

    @Test
    void aCallIsCancelled() throws SQLException {
        driver.on("cancel", letGo::open).on("getBytes", this::endAndFail);
        Blob blob = rows.getBlob(1);

        assertThatThrownBy(() -> blob.getBytes(1, 10))
                .isInstanceOf(SQLCancelledException.class)
                .hasMessage("statement stopped: context cancelled");
        assertThat(driver.calls).contains("cancel");
    }

    private void endAndFail() throws SQLException {
        ctx.cancel();
        letGo.await();
        throw new SQLException("cancelled on request", "57014");
    }

    @Test
    void theRowsOfAnArrayAreGuarded() throws SQLException {
        ResultSet elements = rows.getArray(1).getResultSet();
        driver.on("cancel", letGo::open).on("next", this::endAndFail);

        assertThatThrownBy(elements::next).isInstanceOf(SQLCancelledException.class);
        assertThat(driver.calls).contains("cancel");
    }

    @Test
    void isFreedAfterTheEndToo() throws SQLException {
        List<Object> values = List.of(rows.getArray(1), rows.getBlob(1), rows.getClob(1), rows.getSQLXML(1));
        ctx.cancel();

        for (Object value : values) {
            switch (value) {
                case Array array -> array.free();
                case Blob blob -> blob.free();
                case Clob clob -> clob.free();
                default -> ((SQLXML) value).free();
            }
        }

        assertThat(driver.count("free")).isEqualTo(4);
    }

    // ------------------------------------------------------------------------------------------------ streams

    @Test
    void aReadIsCancelledAndTellsWhy() throws SQLException {
        driver.on("cancel", letGo::open).on("read", this::endAndFail);
        InputStream in = rows.getBlob(1).getBinaryStream();

        Throwable thrown = catchThrowable(in::read);

        assertThat(thrown)
                .isInstanceOf(IOException.class)
                .hasMessage("statement stopped: context cancelled")
                .hasCauseInstanceOf(SQLCancelledException.class);
        assertThat(ContextException.find(thrown)).get().isInstanceOf(CancelledException.class);
        assertThat(driver.calls).contains("cancel");
    }

    @Test
    void readsAndWritesAreRefusedAfterTheEndAndClosingIsNot() throws Exception {
        driver.on("read", () -> {}).on("write", () -> {});
        var in = rows.getBlob(1).getBinaryStream();
        var out = rows.getBlob(1).setBinaryStream(1);
        Reader reader = rows.getClob(1).getCharacterStream();
        var writer = rows.getClob(1).setCharacterStream(1);
        assertThat(in.read()).isEqualTo('x');
        assertThat(in.read(new byte[3], 1, 1)).isEqualTo(1);
        assertThat(reader.read()).isEqualTo('x');
        assertThat(reader.read(new char[2], 0, 1)).isEqualTo(1);
        out.write(new byte[] {1, 2}, 0, 2);
        writer.write("text");
        writer.flush();
        long before = driver.count("read") + driver.count("write");
        ctx.cancel();

        List<ThrowingCallable> calls = List.of(
                in::read,
                () -> in.readNBytes(2),
                () -> in.skip(1),
                in::reset,
                reader::read,
                () -> reader.read(new char[2], 0, 2),
                () -> reader.skip(1),
                reader::reset,
                () -> out.write(1),
                () -> out.write(new byte[] {1}, 0, 1),
                out::flush,
                () -> writer.write(1),
                () -> writer.write(new char[] {'x'}, 0, 1),
                () -> writer.write("x"),
                writer::flush);
        assertThat(calls)
                .allSatisfy(call -> assertThatThrownBy(call)
                        .isInstanceOf(IOException.class)
                        .hasMessage("statement not started: context cancelled"));
        assertThat(driver.count("read") + driver.count("write")).isEqualTo(before);

        for (Closeable stream : List.of(in, out, reader, writer)) {
            stream.close();
        }
        assertThat(driver.count("close of a stream")).isEqualTo(4);
    }

    @Test
    void anExceptionOfTheDriversIsPassedOn() throws SQLException {
        SQLException own = new SQLException("disk full");
        driver.on("read", () -> {
            throw own;
        });
        InputStream in = rows.getBlob(1).getBinaryStream();

        assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasCause(own);
    }

    @Test
    void aStreamOfWhatIsInMemoryIsTheDriversOwn() throws SQLException {
        InputStream bytes = new ByteArrayInputStream(new byte[1]);
        Reader text = new StringReader("x");
        Guard guard = ((GuardedConnection) connection).guard;

        assertThat(GuardedStreams.of(bytes, null, guard)).isSameAs(bytes);
        assertThat(GuardedStreams.of(text, null, guard)).isSameAs(text);
    }

    // --------------------------------------------------------------------------------------- given to a driver

    static Stream<Arguments> takers() {
        return Stream.of(Connection.class, PreparedStatement.class, ResultSet.class)
                .flatMap(type -> Arrays.stream(type.getMethods())
                        .filter(method -> Arrays.stream(method.getParameterTypes())
                                .anyMatch(parameter -> GETTERS.containsKey(parameter)
                                        || parameter == Object.class
                                        || parameter == Object[].class))
                        .map(method -> Arguments.of(type, method)));
    }

    @ParameterizedTest
    @MethodSource("takers")
    void aDriverIsGivenItsOwn(Class<?> type, Method method) throws Exception {
        Object on = type == Connection.class ? connection : type == ResultSet.class ? rows : statement;
        Object[] arguments = arguments(method);
        for (int i = 0; i < arguments.length; i++) {
            Class<?> parameter = method.getParameterTypes()[i];
            if (parameter == Object[].class) {
                arguments[i] = new Object[] {"x", rows.getBlob(1)};
            } else if (parameter == Object.class) {
                arguments[i] = rows.getBlob(1);
            } else if (GETTERS.containsKey(parameter)) {
                arguments[i] = value(parameter);
            }
        }

        method.invoke(on, arguments);

        Stream<Object> given = driver.given.stream()
                .flatMap(one -> one instanceof Object[] many ? Arrays.stream(many) : Stream.ofNullable(one));
        assertThat(given)
                .noneMatch(GuardedValue.class::isInstance)
                .anyMatch(one ->
                        one instanceof Array || one instanceof Blob || one instanceof Clob || one instanceof SQLXML);
    }

    @Test
    void isUnwrapped() throws SQLException {
        Wrapper blob = (Wrapper) rows.getBlob(1);

        assertThat(blob.isWrapperFor(Blob.class)).isTrue();
        assertThat(blob.unwrap(Blob.class)).isSameAs(blob);
        assertThat(blob.unwrap(java.lang.reflect.Proxy.class)).isInstanceOf(Blob.class);
        assertThatThrownBy(() -> blob.unwrap(Statement.class))
                .hasMessageStartingWith("value is no java.sql.Statement but ");
    }
}
