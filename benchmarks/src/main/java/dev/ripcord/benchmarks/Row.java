package dev.ripcord.benchmarks;

import static dev.ripcord.benchmarks.Goal.atLeast;
import static dev.ripcord.benchmarks.Goal.atMost;
import static dev.ripcord.benchmarks.Goal.clocks;
import static dev.ripcord.benchmarks.Peer.FUTURE;
import static dev.ripcord.benchmarks.Peer.GRPC;
import static dev.ripcord.benchmarks.Peer.KOTLIN;
import static dev.ripcord.benchmarks.Peer.POOL;
import static dev.ripcord.benchmarks.Peer.RIPCORD;
import static dev.ripcord.benchmarks.Peer.WHEEL;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rows of the table of costs, with their goals: the one place that says what is measured and what is good enough.
enum Row {
    CLOCK(
            0,
            Clock.class,
            "what the machine takes",
            Unit.NANOS,
            line("op=clock", "`System.nanoTime`"),
            line("op=object", "an object of 40 B, one compare-and-set")),

    WITH_CANCEL(
            1,
            WithCancel.class,
            "`withCancel`, close",
            Unit.NANOS,
            line("parent=background", "below the root", atMost(8).bytes(56)).inSummary(),
            line("parent=request", "below a live scope", atMost(8).bytes(56))),

    WITH_TIMEOUT(
            2,
            WithTimeout.class,
            "`withTimeout`, close",
            Unit.NANOS,
            line("parent=background", "below the root", clocks(2.5).bytes(64)).inSummary(),
            line("parent=request", "below a live scope", clocks(2.5).bytes(64)),
            note("""
                    `CompletableFuture`: `orTimeout`, `complete`. grpc-java, Go and `CompletableFuture` arm a timer here; \
                    Ripcord does when somebody listens, which is the next row.""")),

    WITH_TIMEOUT_AND_CALLBACK(
            3,
            WithTimeoutAndCallback.class,
            "`withTimeout`, callback, stop, close",
            Unit.NANOS,
            line("parent=background", "below the root", atMost(130).bytes(160)).inSummary(),
            line("parent=request", "below a live scope", atMost(130).bytes(160)),
            note("""
                    grpc-java (1.85.1) keeps a child whose listener was removed in its parent's list, so below one \
                    parent its figure would grow with the length of the run: it gets a new parent for each operation, \
                    whose cost is included. `ScheduledThreadPoolExecutor` and Netty: a bare timer, scheduled and \
                    cancelled. `CompletableFuture` cannot take a callback back.""")),

    ERR(
            4,
            Err.class,
            "`err` under 100 values",
            Unit.NANOS,
            line("state=live/deadline=none", "live", atMost(1)).inSummary(),
            line("state=live/deadline=1h", "live, with a deadline", clocks(1.2)).inSummary(),
            line("state=done/deadline=none", "done", atMost(1)),
            line("state=done/deadline=1h", "done, with a deadline", clocks(1.2)),
            note("""
                    Go, grpc-java (`isCancelled`) and Kotlin do not look at the clock: between the deadline and its \
                    timer they say "live". A Kotlin `Job` has neither values above it nor a deadline.""")),

    VALUE(
            5,
            Value.class,
            "`value` at depth 100",
            Unit.NANOS,
            line("depth=100/key=hit", "the outermost of 100", atMost(2)).inSummary(),
            line("depth=100/key=miss", "none of 100", atMost(2)),
            series("key=hit", "`value`, the outermost", "depth"),
            series("key=miss", "`value`, none", "depth"),
            note("Kotlin: `CoroutineContext.get` of 100 elements.")),

    CANCEL_WIDE(
            6,
            CancelWide.class,
            "cancel a root, per listening child",
            Unit.NANOS,
            line("children=1000/listening=callback", "1,000 children, a callback each", atMost(20))
                    .inSummary(),
            line("children=100000/listening=callback", "100,000 children, a callback each", atMost(40))
                    .inSummary(),
            line("children=1000/listening=nobody", "1,000 children, nobody listens"),
            line("children=100000/listening=nobody", "100,000 children, nobody listens"),
            note("""
                    Until `cancel` returns; the callbacks start on virtual threads (Go: goroutines) and go on. The \
                    [burst](#10-100000-contexts-with-one-deadline) tells when all have started. Go and Kotlin know \
                    their children whoever listens. Kotlin's handlers run in the caller of `cancel`, so they are not \
                    compared.""")),

    SHARED_PARENT(
            7,
            SharedParent.class,
            "two threads on one parent, as throughput of one",
            Unit.TIMES,
            line("metric=throughput/op=withCancel", "`withCancel`, close", atLeast(1.5))
                    .inSummary(),
            line("metric=throughput/op=callback", "`withCancel`, callback, stop, close", atLeast(1.5)),
            note("""
                    2 is perfect, below 1 two threads do less than one. grpc-java has no second row, for what was \
                    removed stays in the parent's list.""")),

    LIVE_BYTES(
            8,
            LiveBytes.class,
            "live bytes",
            Unit.BYTES,
            probe(RIPCORD, GRPC, KOTLIN, FUTURE, POOL, WHEEL),
            line("metric=bytes/node=cancel", "`withCancel`", atMost(48)).inSummary(),
            line("metric=bytes/node=deadline", "`withTimeout`", atMost(64)).inSummary(),
            line("metric=bytes/node=value", "`withValue`", atMost(40)).inSummary(),
            line("metric=bytes/node=callback", "one more callback on a context", atMost(64))
                    .inSummary(),
            line("metric=bytes/node=timer", "`withTimeout` with a callback"),
            note("""
                    The growth of the heap, after a collection, by a million of them; Go: with its cancel function. \
                    `CompletableFuture`: `orTimeout`, without and with a dependent. `ScheduledThreadPoolExecutor`, Netty: a bare timer.""")),

    LATENESS(
            9,
            Lateness.class,
            "lateness of 10,000 deadlines within 1 s",
            Unit.MILLIS,
            probe(RIPCORD, GRPC, FUTURE, POOL, WHEEL),
            line("metric=p50", "p50", atMost(0.1)).inSummary(),
            line("metric=p90", "p90"),
            line("metric=p99", "p99", atMost(1)).inSummary(),
            line("metric=max", "the last"),
            note("""
                    From the deadline until its callback runs: on a virtual thread with Ripcord and grpc-java, on a \
                    goroutine with Go, on the timer's own thread with the others. Netty's wheel ticks every 1 ms, not \
                    every 100 ms as by default.""")),

    BURST(
            10,
            Burst.class,
            "100,000 contexts with one deadline",
            Unit.MILLIS,
            probe(RIPCORD, GRPC, FUTURE, POOL, WHEEL),
            line("metric=max", "all callbacks have started", atMost(100)).inSummary(),
            line("metric=p50", "half of them have"),
            note("As the row before.")),

    REQUEST(
            11,
            Request.class,
            "a request",
            Unit.NANOS,
            line(
                            "",
                            "child, 3 values, timeout, 5 lookups, 4 `err`, close",
                            atMost(150).bytes(350))
                    .inSummary()),

    MERGE(
            12,
            Merge.class,
            "a scope below two parents, closed",
            Unit.NANOS,
            line("op=callback", "with a callback, stopped").inSummary(),
            line("op=asked", "nobody listens"),
            note("`Context.anyOf`. Go: `AfterFunc` on the second parent, as its documentation shows.")),

    WAKE_UP(
            13,
            WakeUp.class,
            "from `cancel` until a waiter runs",
            Unit.MICROS,
            probe(RIPCORD, GRPC, FUTURE),
            line("metric=p50", "p50").inSummary(),
            line("metric=p90", "p90"),
            line("metric=p99", "p99"),
            note("""
                    A virtual thread in `done().await()`; Go: a goroutine at its done channel. grpc-java has nothing \
                    to wait for: a listener opens a latch. `CompletableFuture`: `complete` and `get`.""")),

    LIVE_CONTEXTS(
            14,
            LiveContexts.class,
            "beside live contexts",
            Unit.NANOS,
            series("op=withCancel", "`withCancel`, close", "live"),
            series("op=callback", "`withTimeout`, callback, stop, close", "live"),
            series("op=err", "`err`, with a deadline", "live")),

    ERR_DEEP(15, ErrDeep.class, "`err` below scopes", Unit.NANOS, series("", "`err`", "depth")),

    CANCEL_DEEP(16, CancelDeep.class, "cancel a chain", Unit.NANOS, series("", "`cancel`, per scope", "depth")),

    JDBC_STATEMENT(
            17,
            JdbcStatement.class,
            "a statement of JDBC",
            Unit.NANOS,
            postgresql(),
            line("database=h2/op=none", "H2 in memory, no context"),
            line("database=h2/op=deadline", "H2 in memory, a deadline"),
            line("database=postgresql/op=none", "PostgreSQL, no context"),
            line("database=postgresql/op=deadline", "PostgreSQL, a deadline"),
            note("""
                    A prepared `select 1`: executed, its row read, closed. HikariCP lends the connections of the driver, \
                    and the others go around it; that of Ripcord for no context is checked to be HikariCP's own. \
                    datasource-proxy has no listener; `reflect.Proxy` does nothing but forward. Iterations last twice \
                    as long as in the other rows, here and in the next.""")),

    JDBC_ROW(
            18,
            JdbcRow.class,
            "a row of JDBC",
            Unit.NANOS,
            postgresql(),
            line("database=h2/op=none", "H2 in memory, no context"),
            line("database=h2/op=deadline", "H2 in memory, a deadline", atMost(21)),
            line("database=postgresql/op=none", "PostgreSQL, no context"),
            line("database=postgresql/op=deadline", "PostgreSQL, a deadline"),
            note("""
                    `next` and `getInt`, of 10,000 rows that are in the client. datasource-proxy wraps rows only if it is \
                    told to, as it is here; else they are HikariCP's."""));

    /// What a row says of itself, besides its title.
    sealed interface Part {}

    /// A line of the row's table.
    ///
    /// @param params of the figures that belong to it
    record Line(
            Map<String, String> params,
            String label,
            @Nullable Goal goal,
            boolean summary) implements Part {

        Line inSummary() {
            return new Line(params, label, goal, true);
        }
    }

    /// A line of the table of growth.
    ///
    /// @param params of the figures that belong to it
    /// @param along the parameter that grows
    record Series(Map<String, String> params, String label, String along) implements Part {}

    /// What a reader has to know of the figures.
    record Note(String text) implements Part {}

    /// That the class has a `main` of its own, for these peers, and is not run by JMH.
    record Probe(List<Peer> peers) implements Part {}

    /// That it needs a PostgreSQL.
    record Postgresql() implements Part {}

    /// What figures count.
    enum Unit {
        NANOS("ns"),
        MICROS("µs"),
        MILLIS("ms"),
        BYTES("B"),
        TIMES("×");

        final String text;

        Unit(String text) {
            this.text = text;
        }
    }

    final int number;
    final Class<?> type;
    final String title;
    final Unit unit;

    @SuppressWarnings("ImmutableEnumChecker") // of records of unmodifiable things
    private final List<Part> parts;

    Row(int number, Class<?> type, String title, Unit unit, Part... parts) {
        this.number = number;
        this.type = type;
        this.title = title;
        this.unit = unit;
        this.parts = List.of(parts);
    }

    private static Line line(String params, String label) {
        return new Line(Figure.params(params), label, null, false);
    }

    private static Line line(String params, String label, Goal goal) {
        return new Line(Figure.params(params), label, goal, false);
    }

    private static Series series(String params, String label, String along) {
        return new Series(Figure.params(params), label, along);
    }

    private static Note note(String text) {
        return new Note(text);
    }

    private static Probe probe(Peer... peers) {
        return new Probe(List.of(peers));
    }

    private static Postgresql postgresql() {
        return new Postgresql();
    }

    String key() {
        return type.getSimpleName();
    }

    List<Line> lines() {
        return parts(Line.class).toList();
    }

    List<Series> series() {
        return parts(Series.class).toList();
    }

    List<String> notes() {
        return parts(Note.class).map(Note::text).toList();
    }

    /// The peers whose program this row runs; none for a row of JMH's.
    List<Peer> probes() {
        return parts(Probe.class).flatMap(probe -> probe.peers().stream()).toList();
    }

    boolean needsPostgresql() {
        return parts(Postgresql.class).findAny().isPresent();
    }

    private <P extends Part> Stream<P> parts(Class<P> kind) {
        return parts.stream().filter(kind::isInstance).map(kind::cast);
    }

    boolean needsClock() {
        return lines().stream().map(Line::goal).anyMatch(goal -> goal != null && goal.kind() == Goal.Kind.CLOCKS);
    }

    /// The row of a number or a name.
    static Row of(String text) {
        return Arrays.stream(values())
                .filter(row -> text.equals("" + row.number) || text.equalsIgnoreCase(row.key()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no row is called '" + text + "'"));
    }

    /// Such as `3  WithTimeoutAndCallback  withTimeout, callback, stop, close`.
    String help() {
        return String.format(Locale.ROOT, "%4d  %-22s  %s", number, key(), title.replace("`", ""));
    }
}
