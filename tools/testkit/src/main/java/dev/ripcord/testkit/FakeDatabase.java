package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A database that is slow or frozen, and always empty, as a `DataSource`.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="database"}
///
/// ## Rules
///
/// - A slow one takes its time for each statement; when that is cancelled, it fails at once with the SQL state
///   57014, as PostgreSQL's do.
/// - A frozen one answers no statement and no cancel, as a server that is stopped or behind a dead network. Only
///   to abort or close the connection gets the thread back, with the SQL state 08006.
/// - Queries have no rows, and updates change none. What else there is in JDBC does nothing.
/// - It does not answer to interrupts, as most drivers.
///
/// ## Threads and memory
///
/// All methods may be called by any thread. Nothing is to be closed.
public final class FakeDatabase implements DataSource {

    @SuppressWarnings("ContextInField") // only a clock: a root that never ends
    private final Context time;

    private final @Nullable Duration delay;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger cancels = new AtomicInteger();

    private FakeDatabase(Context time, @Nullable Duration delay) {
        this.time = time;
        this.delay = delay;
    }

    /// A database whose statements take a time.
    ///
    /// @param delay of each
    /// @return with the JVM's clock
    public static FakeDatabase slow(Duration delay) {
        return new FakeDatabase(Context.background(), requireNonNull(delay, "delay"));
    }

    /// A database whose statements take a time on the clock of a test.
    ///
    /// @param clock what moves it
    /// @param delay of each
    /// @return with that clock
    public static FakeDatabase slow(ManualClock clock, Duration delay) {
        return new FakeDatabase(clock.root(), requireNonNull(delay, "delay"));
    }

    /// A database that answers nothing.
    ///
    /// @return to which connections can be opened
    public static FakeDatabase frozen() {
        return new FakeDatabase(Context.background(), null);
    }

    /// How many statements run.
    ///
    /// @return those that have begun and neither returned nor thrown
    public int running() {
        return running.get();
    }

    /// How many cancels have come.
    ///
    /// @return also those that came when nothing ran
    public int cancels() {
        return cancels.get();
    }

    /// Waits until at least `statements` run.
    ///
    /// @param statements how many
    /// @throws AssertionError after 10 seconds
    public void awaitRunning(int statements) {
        if (!RealTime.holds(() -> running() >= statements)) {
            throw new AssertionError(running() + " instead of " + statements + " statements run after 10 s");
        }
    }

    // ----------------------------------------------------------------------------------------- connections

    @Override
    public Connection getConnection() {
        Line line = new Line();
        boolean[] autoCommit = {true};
        return proxy(Connection.class, (self, method, arguments) -> switch (method.getName()) {
            case "createStatement" -> {
                line.check();
                yield statement(line, Statement.class);
            }
            case "prepareStatement" -> {
                line.check();
                yield statement(line, PreparedStatement.class);
            }
            case "close", "abort" -> {
                line.cut();
                yield null;
            }
            case "isClosed" -> line.closed;
            case "isValid" -> !line.closed && delay != null;
            case "getAutoCommit" -> autoCommit[0];
            case "setAutoCommit" -> {
                line.check();
                autoCommit[0] = (boolean) arguments[0];
                yield null;
            }
            case "commit", "rollback" -> {
                line.check();
                yield null;
            }
            default -> ordinary(self, method.getName(), method.getReturnType(), arguments);
        });
    }

    @Override
    public Connection getConnection(@Nullable String user, @Nullable String password) {
        return getConnection();
    }

    private <S extends Statement> S statement(Line line, Class<S> type) {
        Call[] current = {new Call()};
        return proxy(type, (self, method, arguments) -> {
            String name = method.getName();
            if (name.startsWith("execute")) {
                Call call = new Call();
                synchronized (current) {
                    current[0] = call;
                }
                answer(line, call);
                return method.getReturnType() == ResultSet.class
                        ? noRows()
                        : ordinary(self, name, method.getReturnType(), arguments);
            }
            if (name.equals("cancel")) {
                cancels.incrementAndGet();
                if (delay != null) {
                    synchronized (current) {
                        current[0].cancel();
                    }
                }
                return null;
            }
            return ordinary(self, name, method.getReturnType(), arguments);
        });
    }

    private void answer(Line line, Call call) throws SQLException {
        line.begin(call);
        try {
            call.await(time, delay, running);
        } finally {
            line.calls.remove(call);
        }
        if (line.closed) {
            throw new SQLException("the connection has been closed", "08006");
        }
        if (call.cancelled) {
            throw new SQLException("the statement was cancelled", "57014");
        }
    }

    /// The connection's line to the server.
    private static final class Line {

        private final CopyOnWriteArraySet<Call> calls = new CopyOnWriteArraySet<>();
        private volatile boolean closed;

        void check() throws SQLException {
            if (closed) {
                throw new SQLException("the connection is closed", "08003");
            }
        }

        void begin(Call call) throws SQLException {
            calls.add(call);
            check();
        }

        void cut() {
            closed = true;
            calls.forEach(Call::end);
        }
    }

    /// A statement that runs.
    private static final class Call {

        private final CountDownLatch over = new CountDownLatch(1);
        private volatile boolean cancelled;

        void cancel() {
            cancelled = true;
            end();
        }

        void end() {
            over.countDown();
        }

        /// Waits until it is over. It counts as running when its time has begun, so that a test can move the clock.
        ///
        /// @param delay null for never by itself
        void await(Context time, @Nullable Duration delay, AtomicInteger running) {
            if (delay == null) {
                awaitOver(running);
                return;
            }
            LeakObserver.unwatched(() -> {
                try (CancellableContext wait = time.withTimeout(delay, "slow statement")) {
                    Registration waking = wait.afterFunc(this::end);
                    awaitOver(running);
                    waking.stop();
                }
            });
        }

        private void awaitOver(AtomicInteger running) {
            running.incrementAndGet();
            boolean interrupted = false;
            while (over.getCount() > 0) {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            running.decrementAndGet();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ---------------------------------------------------------------------------------------- all the rest

    private static ResultSet noRows() {
        return proxy(
                ResultSet.class,
                (self, method, arguments) -> ordinary(self, method.getName(), method.getReturnType(), arguments));
    }

    private static @Nullable Object ordinary(
            Object self, String name, Class<?> result, @Nullable Object @Nullable [] arguments) {
        return switch (name) {
            case "toString" -> "FakeDatabase's";
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> arguments != null && self == arguments[0];
            case "executeBatch" -> new int[0];
            case "executeLargeBatch" -> new long[0];
            default -> nothing(result);
        };
    }

    private static @Nullable Object nothing(Class<?> result) {
        if (result == boolean.class) {
            return false;
        }
        if (result == long.class) {
            return 0L;
        }
        return result == int.class ? (Object) 0 : null;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(FakeDatabase.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public PrintWriter getLogWriter() {
        return new PrintWriter(Writer.nullWriter());
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // it has nothing to say
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // a connection is there at once
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("it has no logger");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (!type.isInstance(this)) {
            throw new SQLException("it wraps nothing, and is no " + type.getName());
        }
        return type.cast(this);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    /// How slow it is.
    @Override
    public String toString() {
        return "FakeDatabase(" + (delay == null ? "frozen" : "slow, " + delay) + ")";
    }
}
