package dev.ripcord.jdbc;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Writes the guarded classes of this module: for every method of `java.sql`, whether and how the guard is asked.
///
/// Run from the root of the repository, with a JDK from 21 on:
///
/// ```text
/// java integrations/jdbc/src/test/java/dev/ripcord/jdbc/GuardedClasses.java integrations/jdbc/src/main/java
/// mvn -q test -pl verification/sources -Dwrite
/// ```
final class GuardedClasses {

    /// What is generated: what follows another that it extends, after that.
    private static final List<Class<?>> TYPES = List.of(
            Connection.class,
            Statement.class,
            PreparedStatement.class,
            CallableStatement.class,
            ResultSet.class,
            ResultSetMetaData.class,
            ParameterMetaData.class,
            DatabaseMetaData.class,
            Array.class,
            Blob.class,
            Clob.class,
            NClob.class,
            SQLXML.class);

    /// What a driver may read from the database when it is asked, and not before: all that these do can block.
    private static final Set<Class<?>> LAZY = Set.of(
            ResultSetMetaData.class,
            ParameterMetaData.class,
            Array.class,
            Blob.class,
            Clob.class,
            NClob.class,
            SQLXML.class);

    /// What else blocks in some driver, and is not named `execute…`. All else is local and forwarded as it is; but the
    /// getters of rows block if the driver says so.
    private static final Map<Class<?>, Set<String>> BLOCKING = Map.of(
            Connection.class,
            Set.of(
                    "createArrayOf",
                    "createBlob",
                    "createClob",
                    "createNClob",
                    "createSQLXML",
                    "createStruct",
                    "getCatalog",
                    "getSchema",
                    "getTransactionIsolation",
                    "getWarnings",
                    "isReadOnly",
                    "isValid",
                    "prepareCall",
                    "prepareStatement",
                    "releaseSavepoint",
                    "rollback",
                    "setCatalog",
                    "setReadOnly",
                    "setSavepoint",
                    "setSchema",
                    "setShardingKey",
                    "setShardingKeyIfValid",
                    "setTransactionIsolation"),
            Statement.class,
            Set.of("getMoreResults", "getQueryTimeout", "getWarnings", "setQueryTimeout"),
            PreparedStatement.class,
            Set.of("getMetaData", "getParameterMetaData", "setArray", "setBlob", "setClob", "setNClob", "setObject"),
            CallableStatement.class,
            Set.of("getObject", "registerOutParameter"),
            ResultSet.class,
            Set.of(
                    "absolute",
                    "afterLast",
                    "beforeFirst",
                    "deleteRow",
                    "first",
                    "getObject",
                    "getWarnings",
                    "insertRow",
                    "isAfterLast",
                    "isBeforeFirst",
                    "isFirst",
                    "isLast",
                    "last",
                    "previous",
                    "refreshRow",
                    "relative",
                    "updateBlob",
                    "updateClob",
                    "updateNClob",
                    "updateRow"),
            DatabaseMetaData.class,
            Set.of("getSQLKeywords", "getMaxColumnNameLength", "getMaxIndexKeys", "getUserName"));

    /// The methods that the guard has a rule of its own for, by their first lines.
    private static final Map<String, String> BY_HAND = Map.ofEntries(
            Map.entry("Connection.commit()", "ending(\"commit()\").commit()"),
            Map.entry("Connection.rollback()", "ending(\"rollback()\").rollback()"),
            Map.entry(
                    "Connection.setAutoCommit(boolean)",
                    "(p1 ? ending(\"setAutoCommit(true)\") : guard).setAutoCommit(p1)"),
            Map.entry("Connection.close()", "giveBack()"),
            Map.entry("Connection.getMetaData()", "new GuardedDatabaseMetaData(delegate.getMetaData(), this, guard)"),
            Map.entry("Connection.setClientInfo(Properties)", "guard.setClientInfo(() -> delegate.setClientInfo(p1))"),
            Map.entry(
                    "Connection.setClientInfo(String,String)",
                    "guard.setClientInfo(() -> delegate.setClientInfo(p1, p2))"),
            Map.entry("DatabaseMetaData.getConnection()", "connection"),
            Map.entry("Statement.getConnection()", "connection"),
            Map.entry("Statement.close()", "guard.tidy(this, delegate::close)"),
            Map.entry("ResultSet.getStatement()", "statement"),
            Map.entry("ResultSet.close()", "guard.tidy(this, delegate::close)"),
            Map.entry("ResultSet.next()", "guard.next(this, delegate)"),
            Map.entry("Array.free()", "guard.tidy(delegate::free)"),
            Map.entry("Blob.free()", "guard.tidy(delegate::free)"),
            Map.entry("Clob.free()", "guard.tidy(delegate::free)"),
            Map.entry("SQLXML.free()", "guard.tidy(delegate::free)"),
            Map.entry("Wrapper.isWrapperFor(Class)", "p1.isInstance(this) || delegate.isWrapperFor(p1)"),
            Map.entry("Wrapper.unwrap(Class)", "p1.isInstance(this) ? p1.cast(this) : delegate.unwrap(p1)"));

    private GuardedClasses() {}

    public static void main(String[] args) throws IOException {
        for (Map.Entry<String, String> source : sources().entrySet()) {
            Files.writeString(Path.of(args[0], source.getKey()), source.getValue());
        }
    }

    /// All sources, unformatted, by their paths.
    static Map<String, String> sources() {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Class<?> type : TYPES) {
            sources.put("dev/ripcord/jdbc/Guarded" + type.getSimpleName() + ".java", source(type));
        }
        return sources;
    }

    private static String source(Class<?> type) {
        Set<String> imports = new TreeSet<>(Set.of(type.getName(), "org.jspecify.annotations.NullUnmarked"));
        String methods =
                methods(type).map(method -> method(type, method, imports)).collect(joining("\n"));
        String head = head(type);
        if (type == Clob.class) {
            imports.add(NClob.class.getName());
        }
        if (head.contains("@Nullable")) {
            imports.add("org.jspecify.annotations.Nullable");
        }
        if (head.contains("Call ")) {
            imports.add("dev.ripcord.jdbc.spi.ConnectionControl.Call");
        }
        return "package dev.ripcord.jdbc;\n\n"
                + imports.stream().map(name -> "import " + name + ";\n").collect(joining())
                + "\n/// A [" + type.getSimpleName() + "] whose blocking calls end with the context of its [Guard].\n"
                + "///\n"
                + "/// Generated by `GuardedClasses` among the tests of this module; change that, not this.\n"
                + "@NullUnmarked // as java.sql is\n"
                + "@SuppressWarnings(\"deprecation\") // forwards what java.sql has deprecated, too\n"
                + head
                + "\n"
                + methods
                + (head.contains("super(")
                        ? ""
                        : "\n@Override\npublic String toString() {\nreturn delegate.toString();\n}\n")
                + "}\n";
    }

    private static String head(Class<?> type) {
        return switch (type.getSimpleName()) {
            case "Connection" -> """
                final class GuardedConnection implements Connection {

                    final Connection delegate;
                    final Guard guard;
                    private final boolean managed;

                    GuardedConnection(Connection delegate, Guard guard) {
                        this(delegate, guard, false);
                    }

                    private GuardedConnection(Connection delegate, Guard guard, boolean managed) {
                        this.delegate = delegate;
                        this.guard = guard;
                        this.managed = managed;
                    }

                    /// The same connection for whom it is lent to, who can neither end its transaction nor close it.
                    GuardedConnection managed() {
                        return new GuardedConnection(delegate, guard, true);
                    }

                    /// The guard, to end a transaction with.
                    private Guard ending(String call) throws SQLException {
                        if (managed) {
                            throw new SQLException(
                                    call + " within a transaction of Transactions; return to commit,"
                                            + " throw or call rollbackOnly() to roll back",
                                    "2D000");
                        }
                        return guard;
                    }

                    private void giveBack() throws SQLException {
                        if (!managed) {
                            guard.close();
                        }
                    }
                """;
            case "Statement" -> """
                sealed class GuardedStatement<S extends Statement> implements Statement, Running
                        permits GuardedPreparedStatement {

                    final S delegate;
                    final GuardedConnection connection;
                    final Guard guard;

                    GuardedStatement(S delegate, GuardedConnection connection, Guard guard) {
                        this.delegate = delegate;
                        this.connection = connection;
                        this.guard = guard;
                    }

                    @Override
                    public Call asCall() {
                        return new Call(delegate, false);
                    }

                    @Override
                    public boolean isCancellable() {
                        return true;
                    }

                    @Override
                    public GuardedStatement<S> statement() {
                        return this;
                    }
                """;
            case "PreparedStatement" -> """
                sealed class GuardedPreparedStatement<S extends PreparedStatement> extends GuardedStatement<S>
                        implements PreparedStatement permits GuardedCallableStatement {

                    GuardedPreparedStatement(S delegate, GuardedConnection connection, Guard guard) {
                        super(delegate, connection, guard);
                    }
                """;
            case "CallableStatement" -> """
                final class GuardedCallableStatement extends GuardedPreparedStatement<CallableStatement>
                        implements CallableStatement {

                    GuardedCallableStatement(CallableStatement delegate, GuardedConnection connection, Guard guard) {
                        super(delegate, connection, guard);
                    }
                """;
            case "ResultSet" -> """
                final class GuardedResultSet implements ResultSet, Running {

                    private final ResultSet delegate;
                    private final @Nullable GuardedStatement<?> statement;
                    private final Guard guard;
                    private final boolean cancellable;
                    private final boolean lazy;

                    /// @param statement that made it; null if metadata did
                    GuardedResultSet(ResultSet delegate, @Nullable GuardedStatement<?> statement, Guard guard) {
                        this.delegate = delegate;
                        this.statement = statement;
                        this.guard = guard;
                        this.cancellable = guard.isCancellable(this);
                        this.lazy = guard.isLazy(this);
                    }

                    @Override
                    public Call asCall() {
                        return new Call(statement == null ? null : statement.delegate, true);
                    }

                    @Override
                    public boolean isCancellable() {
                        return cancellable;
                    }

                    @Override
                    public @Nullable GuardedStatement<?> statement() {
                        return statement;
                    }
                """;
            case "ResultSetMetaData", "ParameterMetaData" -> """
                final class Guarded# implements # {

                    private final # delegate;
                    private final Running source;
                    private final Guard guard;

                    private Guarded#(# delegate, Running source, Guard guard) {
                        this.delegate = delegate;
                        this.source = source;
                        this.guard = guard;
                    }

                    static @Nullable # of(@Nullable # delegate, Running source, Guard guard) {
                        return delegate == null ? null : new Guarded#(delegate, source, guard);
                    }
                """.replace("#", type.getSimpleName());
            case "Clob" -> """
                sealed class GuardedClob<C extends Clob> implements Clob, GuardedValue permits GuardedNClob {

                    final C delegate;
                    private final @Nullable Running source;
                    private final Guard guard;

                    GuardedClob(C delegate, @Nullable Running source, Guard guard) {
                        this.delegate = delegate;
                        this.source = source;
                        this.guard = guard;
                    }

                    static @Nullable Clob of(@Nullable Clob delegate, @Nullable Running source, Guard guard) {
                        return delegate instanceof NClob national
                                ? GuardedNClob.of(national, source, guard)
                                : delegate == null ? null : new GuardedClob<>(delegate, source, guard);
                    }

                    @Override
                    public C delegate() {
                        return delegate;
                    }
                """;
            case "NClob" -> """
                final class GuardedNClob extends GuardedClob<NClob> implements NClob {

                    private GuardedNClob(NClob delegate, @Nullable Running source, Guard guard) {
                        super(delegate, source, guard);
                    }

                    static @Nullable NClob of(@Nullable NClob delegate, @Nullable Running source, Guard guard) {
                        return delegate == null ? null : new GuardedNClob(delegate, source, guard);
                    }
                """;
            case "Array", "Blob", "SQLXML" -> """
                final class Guarded# implements #, GuardedValue {

                    private final # delegate;
                    private final @Nullable Running source;
                    private final Guard guard;

                    private Guarded#(# delegate, @Nullable Running source, Guard guard) {
                        this.delegate = delegate;
                        this.source = source;
                        this.guard = guard;
                    }

                    /// @param source what it was read from; null if the connection made it
                    static @Nullable # of(@Nullable # delegate, @Nullable Running source, Guard guard) {
                        return delegate == null ? null : new Guarded#(delegate, source, guard);
                    }

                    @Override
                    public # delegate() {
                        return delegate;
                    }
                """.replace("#", type.getSimpleName());
            default -> """
                final class GuardedDatabaseMetaData implements DatabaseMetaData {

                    private final DatabaseMetaData delegate;
                    private final GuardedConnection connection;
                    private final Guard guard;

                    GuardedDatabaseMetaData(DatabaseMetaData delegate, GuardedConnection connection, Guard guard) {
                        this.delegate = delegate;
                        this.connection = connection;
                        this.guard = guard;
                    }
                """;
        };
    }

    /// The methods that the class for `type` declares: those of `type` that its superclass does not declare.
    static Stream<Method> methods(Class<?> type) {
        List<Method> inherited = new ArrayList<>();
        for (Class<?> above : type.getInterfaces()) {
            if (TYPES.contains(above)) {
                inherited.addAll(Arrays.asList(above.getMethods()));
            }
        }
        return Arrays.stream(type.getMethods())
                .filter(method -> !java.lang.reflect.Modifier.isStatic(method.getModifiers()))
                .filter(method ->
                        inherited.stream().noneMatch(other -> signature(other).equals(signature(method))))
                .sorted(Comparator.comparing(GuardedClasses::signature));
    }

    static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(joining(",", "(", ")"));
    }

    private static String method(Class<?> type, Method method, Set<String> imports) {
        StringBuilder text = new StringBuilder("\n@Override\npublic ");
        TypeVariable<Method>[] variables = method.getTypeParameters();
        if (variables.length > 0) {
            Type bound = variables[0].getBounds()[0];
            text.append('<')
                    .append(variables[0].getName())
                    .append(bound == Object.class ? "" : " extends " + name(bound, imports))
                    .append("> ");
        }
        text.append(name(method.getGenericReturnType(), imports))
                .append(' ')
                .append(method.getName())
                .append('(');
        Type[] parameters = method.getGenericParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            text.append(i == 0 ? "" : ", ")
                    .append(name(parameters[i], imports))
                    .append(" p")
                    .append(i + 1);
        }
        text.append(')');
        if (method.getExceptionTypes().length > 0) {
            text.append(" throws ").append(name(method.getExceptionTypes()[0], imports));
        }
        text.append(" {\n");
        text.append(method.getReturnType() == void.class ? "" : "return ");
        return text.append(body(type, method)).append(";\n}\n").toString();
    }

    private static String body(Class<?> type, Method method) {
        String byHand = BY_HAND.get(method.getDeclaringClass().getSimpleName() + "." + signature(method));
        if (byHand != null) {
            return byHand;
        }
        Class<?>[] parameters = method.getParameterTypes();
        String arguments = Stream.iterate(1, i -> i + 1)
                .limit(parameters.length)
                .map(i -> canBeOurs(parameters[i - 1]) ? "GuardedValue.own(p" + i + ")" : "p" + i)
                .collect(joining(", ", "(", ")"));
        String forwarded = "delegate." + method.getName() + arguments;
        if (Statement.class.isAssignableFrom(method.getReturnType())) {
            String generic = method.getReturnType() == CallableStatement.class ? "" : "<>";
            forwarded = "new Guarded%s%s(%s, this, guard)"
                    .formatted(method.getReturnType().getSimpleName(), generic, forwarded);
        }
        String call = "guard.%s(%s, () -> %s)"
                .formatted(method.getReturnType() == void.class ? "run" : "call", running(type), forwarded);
        if (isBlocking(type, method)) {
            return guarded(type, method, call);
        }
        boolean reads = type == ResultSet.class
                && parameters.length > 0
                && method.getName().startsWith("get");
        return guarded(type, method, reads ? "lazy ? " + call + " : " + forwarded : forwarded);
    }

    /// Whether an argument of `type` may be a guarded value, while the driver wants its own.
    private static boolean canBeOurs(Class<?> type) {
        return type == Object.class || type == Object[].class || isValue(type);
    }

    private static boolean isValue(Class<?> type) {
        return Set.of(Array.class, Blob.class, Clob.class, NClob.class, SQLXML.class)
                .contains(type);
    }

    /// What is in the driver while a method of `type` is.
    private static String running(Class<?> type) {
        return LAZY.contains(type)
                ? "source"
                : Statement.class.isAssignableFrom(type) || type == ResultSet.class ? "this" : "null";
    }

    /// The result of `call` under the same guard, if it is something that can block in its turn.
    private static String guarded(Class<?> type, Method method, String call) {
        Class<?> result = method.getReturnType();
        if (result == ResultSet.class) {
            String statement = type == ResultSet.class
                    ? "statement"
                    : type == DatabaseMetaData.class
                            ? "null"
                            : type == Array.class ? "source == null ? null : source.statement()" : "this";
            return "guard.rows(%s, %s)".formatted(call, statement);
        }
        String running = running(type);
        if (isValue(result) || result == ResultSetMetaData.class || result == ParameterMetaData.class) {
            return "Guarded%s.of(%s, %s, guard)".formatted(result.getSimpleName(), call, running);
        }
        if (method.getName().equals("getObject")) {
            boolean typed = result == Object.class && method.getGenericReturnType() != Object.class;
            return typed
                    ? "GuardedValue.of(%s, p2, this, guard)".formatted(call)
                    : "GuardedValue.of(%s, this, guard)".formatted(call);
        }
        if (Set.of(InputStream.class, OutputStream.class, Reader.class, Writer.class)
                .contains(result)) {
            return "GuardedStreams.of(%s, %s, guard)".formatted(call, running);
        }
        return call;
    }

    private static boolean isBlocking(Class<?> type, Method method) {
        boolean named = type == CallableStatement.class
                && method.getParameterCount() > 0
                && method.getParameterTypes()[0] == String.class; // a name that the driver may have to look up
        return method.getName().startsWith("execute")
                || named
                || LAZY.contains(type)
                || (type == DatabaseMetaData.class && method.getReturnType() == ResultSet.class)
                || BLOCKING.getOrDefault(type, Set.of()).contains(method.getName());
    }

    /// The name of `type` as the source says it, which imports it.
    private static String name(Type type, Set<String> imports) {
        String name = type.getTypeName();
        java.util.regex.Matcher classes =
                java.util.regex.Pattern.compile("[a-z]+\\.[a-z.]+\\.[A-Z]\\w+").matcher(name);
        while (classes.find()) {
            if (!classes.group().startsWith("java.lang.")) {
                imports.add(classes.group());
            }
        }
        return name.replaceAll("[a-z]+\\.[a-z.]+\\.([A-Z])", "$1");
    }
}
