package dev.ripcord.r2dbc;

import static dev.ripcord.r2dbc.Database.query;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.testkit.RealTime;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// [ContextConnectionFactory], over a pool of one connection: what ends with the context on each database, and what is
/// left of it, which is the same session, idle.
///
/// More rounds of the race with the next statement: `-Dripcord.races=20000`.
@ParameterizedClass
@EnumSource(Database.class)
class ContextConnectionFactoryTest {

    private static final Duration GUARD = Duration.ofSeconds(10);
    private static final int FIRED = Integer.getInteger("ripcord.races", 300);

    private final Database database;
    private final ConnectionFactory admin;
    private final ConnectionPool pool;
    private final ContextConnectionFactory contexts;
    private final String session;

    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");

    ContextConnectionFactoryTest(Database database) {
        this.database = database;
        admin = database.factory();
        pool = Database.pool(admin, 1);
        contexts = ContextConnectionFactory.of(pool).withGrace(GUARD);
        session = session();
    }

    @BeforeEach
    void thereIsATableWithOneRow() {
        Database.execute(pool, "drop table if exists r2dbc_account");
        Database.execute(pool, "create table r2dbc_account (id int primary key, balance int)");
        Database.execute(pool, "insert into r2dbc_account values (1, 100)");
    }

    @AfterEach
    void theSameSessionIsIdleInThePool() {
        assertThat(session()).isEqualTo(session);
        Database.await("idle", () -> database.running(admin) == 0); // a server's list of what runs may lag behind
        assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isZero();
        pool.close();
    }

    private String session() {
        return Database.value(pool, database.session());
    }

    private String balance() {
        return Database.value(pool, "select balance from r2dbc_account");
    }

    /// Cancels the context once the slow statement runs in the database.
    private Job cancelOnceRunning() {
        return Threads.PLATFORM.start(() -> {
            Database.await("runs", () -> database.running(admin) == 1);
            ctx.cancel(why);
        });
    }

    private Flux<String> slowly(Context ctx) {
        return Flux.usingWhen(
                contexts.create(ctx), connection -> query(connection, database.slow()), Connection::close);
    }

    @Nested
    class AStatement {

        @ParameterizedTest
        @EnumSource
        void stopsInTheDatabaseWhenItsDeadlinePasses(Threads threads) {
            threads.start(() -> {
                        try (var call = ctx.withTimeout(Duration.ofMillis(500), "product lookup")) {
                            assertThatThrownBy(() -> slowly(call).blockLast(GUARD))
                                    .isInstanceOf(DeadlineExceededException.class)
                                    .hasMessageStartingWith("deadline exceeded: product lookup 500ms, ");
                        }
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void stopsInTheDatabaseWhenTheContextIsCancelled(Threads threads) {
            Job canceller = cancelOnceRunning();
            threads.start(() -> assertThatThrownBy(() -> slowly(ctx).blockLast(GUARD))
                            .isInstanceOf(CancelledException.class)
                            .hasCause(why))
                    .join();
            canceller.join();
        }

        @Test
        void givesItsRowsIfTheContextGoesOn() {
            String sum = Flux.usingWhen(
                            contexts.create(ctx),
                            connection -> Flux.from(connection
                                            .createStatement(
                                                    database == Database.POSTGRESQL
                                                            ? "select 40 + $1::int"
                                                            : "select 40 + ?")
                                            .bind(0, 2)
                                            .execute())
                                    .flatMap(result -> result.map(row -> String.valueOf(row.get(0)))),
                            Connection::close)
                    .blockLast(GUARD);

            assertThat(sum).isEqualTo("42");
        }

        @Test
        void isRefusedAfterTheEnd() {
            Flux<String> refused = Flux.usingWhen(
                    contexts.create(ctx),
                    connection -> Flux.defer(() -> {
                        ctx.cancel(why);
                        return query(connection, "select 1");
                    }),
                    Connection::close);

            assertThatThrownBy(() -> refused.blockLast(GUARD))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);
        }

        @Test
        void failsAsTheDatabaseSays() {
            assertThatThrownBy(() -> Flux.usingWhen(
                                    contexts.create(ctx),
                                    connection -> query(connection, "select nonsense"),
                                    Connection::close)
                            .blockLast(GUARD))
                    .isInstanceOf(R2dbcException.class)
                    .hasMessageContaining("nonsense");
        }

        @Test
        void thatItsSubscriberHasLeftIsStoppedBeforeTheConnectionIsGivenBack() {
            Mono<Void> leaves = Mono.usingWhen(
                    contexts.create(ctx),
                    connection -> {
                        query(connection, database.slow()).subscribe().dispose();
                        return Mono.fromRunnable(() -> {
                            query(connection, database.slow())
                                    .subscribe(row -> {}, failure -> {})
                                    .dispose();
                            ctx.cancel(why);
                        });
                    },
                    Connection::close);

            leaves.block(GUARD);
        }

        @Test
        void stopsInTheDatabaseWhenItsSubscriptionIsCancelledWhileTheContextGoesOn() {
            Disposable subscription = slowly(ctx).subscribe();
            Database.await("runs", () -> database.running(admin) == 1);

            subscription.dispose();

            Database.await("stopped", () -> database.running(admin) == 0);
            assertThat(ctx.done().isDone()).isFalse();
        }

        @Test
        void whoseSubscriptionTimesOutIsStoppedBeforeTheNextOne() {
            Mono<String> next = Mono.usingWhen(
                    contexts.create(ctx),
                    connection -> query(connection, database.slow())
                            .timeout(Mono.fromRunnable(() -> Database.await("runs", () -> database.running(admin) == 1))
                                    .subscribeOn(Schedulers.boundedElastic()))
                            .onErrorResume(TimeoutException.class, late -> query(connection, "select 7"))
                            .single(),
                    Connection::close);

            assertThat(next.block(GUARD)).isEqualTo("7");
        }

        /// As early as a subscription can be cancelled, and until its statement has surely begun.
        @Test
        void stopsHoweverEarlyItsSubscriptionIsCancelled() {
            Connection connection = requireNonNull(contexts.create(ctx).block(GUARD));
            for (int micros = 0; micros < 3_000; micros += micros < 300 ? 10 : 300) {
                Disposable subscription = query(connection, database.slow()).subscribe(row -> {}, failure -> {});
                long start = System.nanoTime();
                while (System.nanoTime() - start < micros * 1_000L) {
                    Thread.onSpinWait();
                }
                subscription.dispose();

                assertThat(query(connection, "select 7").blockLast(GUARD))
                        .as("after %d µs", micros)
                        .isEqualTo("7");
            }
            Mono.from(connection.close()).block(GUARD);
        }

        /// `Mono.from` cancels from within the signal that gives it the result.
        @Test
        void whoseResultIsEnoughGoesOn() {
            String slowly = database == Database.POSTGRESQL
                    ? "insert into r2dbc_account select 2, 0 from pg_sleep(0.3)"
                    : "insert into r2dbc_account select 2, sleep(0.3)";
            Mono.usingWhen(
                            contexts.create(ctx),
                            connection -> Mono.from(
                                            connection.createStatement(slowly).execute())
                                    .then(),
                            Connection::close)
                    .block(GUARD);

            assertThat(Database.value(pool, "select count(*) from r2dbc_account"))
                    .isEqualTo("2");
        }

        @Test
        void isAskedToStopOnceAlsoWithoutAGrace() {
            Job canceller = cancelOnceRunning();
            Connection connection = requireNonNull(ContextConnectionFactory.of(admin)
                    .withGrace(Duration.ZERO)
                    .create(ctx)
                    .block(GUARD));

            assertThatThrownBy(() -> query(connection, database.slow()).blockLast(GUARD))
                    .isInstanceOf(CancelledException.class);

            canceller.join();
            Database.await("stopped", () -> database.running(admin) == 0);
            Mono.from(connection.close()).block(GUARD);
        }

        @Test
        void givesNoRowAfterTheEnd() {
            List<String> rows = new ArrayList<>();
            Flux<String> numbers = Flux.usingWhen(
                    contexts.create(ctx),
                    connection -> query(connection, "select 1 union all select 2 union all select 3"),
                    Connection::close);

            assertThatThrownBy(() -> numbers.doOnNext(rows::add)
                            .doOnNext(row -> ctx.cancel(why))
                            .blockLast(GUARD))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);

            assertThat(rows).containsExactly("1");
        }

        @Test
        void tellsWhatItHasChangedAlsoAfterTheEnd() {
            Flux<Long> changed = Flux.usingWhen(
                    contexts.create(ctx),
                    connection -> Flux.from(connection
                                    .createStatement("update r2dbc_account set balance = 7")
                                    .execute())
                            .doOnNext(result -> ctx.cancel(why))
                            .flatMap(result -> result.getRowsUpdated()),
                    Connection::close);

            assertThat(changed.blockLast(GUARD)).isEqualTo(1);
            assertThat(balance()).isEqualTo("7");
        }

        /// As soon as it begins, and until it has surely begun.
        @Test
        void endsHoweverEarlyTheContextDoes() {
            for (int micros = 0; micros < 3_000; micros += micros < 300 ? 3 : 100) {
                int after = micros;
                CancellableContext call = ctx.withCancel();
                Flux<String> early = Flux.usingWhen(
                        contexts.create(call),
                        connection -> {
                            Threads.PLATFORM.start(() -> cancelAfter(after * 1_000L, call));
                            return query(connection, database.slow());
                        },
                        Connection::close);

                assertThatThrownBy(() -> early.blockLast(GUARD))
                        .as("after %d µs", micros)
                        .isInstanceOf(CancelledException.class);
            }
        }

        private void cancelAfter(long nanos, CancellableContext call) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < nanos) {
                Thread.onSpinWait();
            }
            call.cancel();
        }

        /// The end of a context comes around the end of its statement, and the next one begins at once.
        @Test
        void isNeverHitByWhatStoppedTheOneBefore() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            AtomicInteger fired = new AtomicInteger();
            int stopped = 0;
            for (int round = 0; fired.get() < FIRED; round++) {
                CancellableContext call = ctx.withCancel();
                int after = random.nextInt(3_000);
                Flux<String> statement = Flux.usingWhen(
                        contexts.create(call),
                        connection -> query(connection, database.brief())
                                .doOnSubscribe(begun -> Threads.VIRTUAL.start(() -> {
                                    RealTime.pass(Duration.of(after, ChronoUnit.MICROS));
                                    call.cancel();
                                }))
                                .doFinally(end -> fired.addAndGet(call.done().isDone() ? 1 : 0)),
                        Connection::close);
                Throwable thrown = catchThrowable(() -> statement.blockLast(GUARD));
                stopped += thrown == null ? 0 : 1;

                assertThat(Database.value(pool, database.brief()))
                        .as("round %d, seed %d", round, seed)
                        .isEqualTo("10000");
            }
            assertThat(stopped).as("stopped, seed %d", seed).isBetween(1, fired.get());
        }
    }

    @Nested
    class AConnection {

        @Test
        void canBeClosedTwiceAndAfterTheEnd() {
            for (boolean ends : new boolean[] {false, true}) {
                Connection connection = requireNonNull(
                        ContextConnectionFactory.of(admin).create(ctx).block(GUARD));
                if (ends) {
                    ctx.cancel(why);
                }

                Mono.from(connection.close()).block(GUARD);
                Mono.from(connection.close()).block(GUARD);
            }
        }

        @Test
        void isWaitedForUntilTheContextEnds() {
            Connection held = requireNonNull(pool.create().block(GUARD));
            try (var call = ctx.withTimeout(Duration.ofMillis(50), "connection")) {
                assertThatThrownBy(() -> slowly(call).blockLast(GUARD)).isInstanceOf(DeadlineExceededException.class);
            }
            assertThat(pool.getMetrics().orElseThrow().pendingAcquireSize()).isZero();

            Mono.from(held.close()).block(GUARD);
        }

        @Test
        void isTheFactorysOwnIfTheContextNeverEnds() {
            Connection connection =
                    requireNonNull(contexts.create(Context.background()).block(GUARD));

            assertThat(connection).isNotInstanceOf(GuardedConnection.class);

            Mono.from(connection.close()).block(GUARD);
        }

        @Test
        void endsWithTheContextThatReactorCarries() {
            Job canceller = cancelOnceRunning();
            Flux<String> rows = Flux.usingWhen(
                    contexts.create(), connection -> query(connection, database.slow()), Connection::close);

            assertThatThrownBy(() -> rows.contextWrite(view -> view.put(Context.class, ctx))
                            .blockLast(GUARD))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);
            canceller.join();
        }

        @Test
        void endsWithTheContextThatIsCurrentWhereItIsSubscribedTo() {
            Job canceller = cancelOnceRunning();
            Flux<String> rows = Flux.usingWhen(
                    contexts.create(), connection -> query(connection, database.slow()), Connection::close);

            assertThatThrownBy(() -> ctx.run(() -> rows.blockLast(GUARD)))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);
            canceller.join();
        }
    }

    @Nested
    class ATransaction {

        @Test
        void isRolledBackAtTheEndAlsoIfItIsIdle() {
            Connection connection = requireNonNull(contexts.create(ctx).block(GUARD));
            Mono.from(connection.beginTransaction())
                    .thenMany(query(connection, "update r2dbc_account set balance = 0"))
                    .blockLast(GUARD);

            ctx.cancel(why);

            Database.execute(admin, "update r2dbc_account set balance = balance + 1");
            assertThat(Database.value(admin, "select balance from r2dbc_account"))
                    .isEqualTo("101");
            Mono.from(connection.rollbackTransaction()).block(GUARD);
            Mono.from(connection.close()).block(GUARD);
        }

        @Test
        void isRolledBackByACommitAfterTheEnd() {
            Mono<Void> late = Mono.usingWhen(
                    contexts.create(ctx),
                    connection -> Mono.from(connection.beginTransaction())
                            .thenMany(Flux.from(connection
                                            .createStatement("update r2dbc_account set balance = 0")
                                            .execute())
                                    .flatMap(result -> result.getRowsUpdated()))
                            .doOnComplete(() -> ctx.cancel(why))
                            .then(Mono.from(connection.commitTransaction())),
                    Connection::close);

            assertThatThrownBy(() -> late.block(GUARD))
                    .isInstanceOf(CancelledException.class)
                    .hasCause(why);
            assertThat(balance()).isEqualTo("100");
        }

        @Test
        void canBeRolledBackAfterAStatementWasStopped() {
            Job canceller = cancelOnceRunning();
            Mono<Void> stopped = Mono.usingWhen(
                    contexts.create(ctx),
                    connection -> Mono.from(connection.beginTransaction())
                            .thenMany(query(connection, "update r2dbc_account set balance = 0"))
                            .thenMany(query(connection, database.slow()))
                            .then()
                            .onErrorResume(CancelledException.class, e -> Mono.from(connection.rollbackTransaction())),
                    Connection::close);

            stopped.block(GUARD);

            canceller.join();
            assertThat(balance()).isEqualTo("100");
        }

        @Test
        void isCommittedIfTheContextGoesOn() {
            Mono.usingWhen(
                            contexts.create(ctx),
                            connection -> Mono.from(connection.beginTransaction())
                                    .thenMany(query(connection, "update r2dbc_account set balance = 7"))
                                    .then(Mono.from(connection.commitTransaction())),
                            Connection::close)
                    .block(GUARD);

            assertThat(balance()).isEqualTo("7");
        }
    }

    @Test
    @NullUnmarked
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> contexts.withGrace(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("grace < 0: PT-1S");
        assertThatNullPointerException().isThrownBy(() -> contexts.create(null)).withMessage("ctx");
    }
}
