package dev.ripcord.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.r2dbc.ContextConnectionFactory;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/// Spring's `DatabaseClient` and its transactions as they are, over a [ContextConnectionFactory] around a pool of one
/// connection, with the context that Reactor carries: how the end arrives, and that the pool is whole after it, with
/// the same session.
class SpringR2dbcTest {

    private static final Duration GUARD = Duration.ofSeconds(10);
    private static final String UPDATE = "update spring_account set balance = 0";

    private final PGSimpleDataSource server = new PGSimpleDataSource();
    private final JdbcTemplate admin = new JdbcTemplate(server);
    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");

    private ConnectionPool pool;
    private DatabaseClient client;
    private TransactionalOperator transactions;
    private @Nullable String session;

    @BeforeEach
    void thereIsAnAccount() {
        server.setURL(Postgres.URL);
        admin.execute("drop table if exists spring_account");
        admin.execute("create table spring_account as select 100 as balance");
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(
                        new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                                .host(server.getServerNames()[0])
                                .port(server.getPortNumbers()[0])
                                .database(server.getDatabaseName())
                                .username(server.getUser())
                                .password(server.getPassword())
                                .build()))
                .initialSize(0)
                .maxSize(1)
                .build());
        ContextConnectionFactory contexts = ContextConnectionFactory.of(pool);
        client = DatabaseClient.create(contexts);
        transactions = TransactionalOperator.create(new R2dbcTransactionManager(contexts));
        session = session();
    }

    @AfterEach
    void theSameSessionIsIdleInThePool() {
        assertThat(session()).isEqualTo(session);
        assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isZero();
        pool.close();
        Postgres.awaitRunning(admin, 0);
    }

    private Mono<String> value(String sql) {
        return client.sql(sql).map(row -> String.valueOf(row.get(0))).one();
    }

    private @Nullable String session() {
        return value("select pg_backend_pid()").block(GUARD);
    }

    private @Nullable String balance() {
        return value("select balance from spring_account").block(GUARD);
    }

    private Mono<String> updateThen(Mono<String> rest) {
        return transactions.transactional(
                client.sql(UPDATE).fetch().rowsUpdated().then(rest));
    }

    private static <T> @Nullable T under(Context ctx, Mono<T> operation) {
        return operation.contextWrite(view -> view.put(Context.class, ctx)).block(GUARD);
    }

    private Job cancelOnceRunning() {
        return Threads.PLATFORM.start(() -> {
            Postgres.awaitRunning(admin, 1);
            ctx.cancel(why);
        });
    }

    @Test
    void aQueryGivesItsValueIfTheContextGoesOn() {
        assertThat(under(ctx, value("select 'ada'"))).isEqualTo("ada");
    }

    @Test
    void aDeadlineInAQueryArrivesAsItIs() {
        try (var call = ctx.withTimeout(Duration.ofMillis(300), "product lookup")) {
            assertThatThrownBy(() -> under(call, value(Postgres.SLOW)))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: product lookup 300ms, ");
        }
    }

    @Test
    void aCancelInAQueryArrivesAsItIs() {
        Job canceller = cancelOnceRunning();

        assertThatThrownBy(() -> under(ctx, value(Postgres.SLOW)))
                .isInstanceOf(CancelledException.class)
                .hasCause(why);
        canceller.join();
    }

    @Test
    void aTransactionWhoseQueryIsStoppedIsRolledBack() {
        Job canceller = cancelOnceRunning();

        assertThatThrownBy(() -> under(ctx, updateThen(value(Postgres.SLOW))))
                .isInstanceOf(CancelledException.class)
                .hasCause(why);
        canceller.join();
        assertThat(balance()).isEqualTo("100");
    }

    @Test
    void aTransactionWhoseContextEndsBeforeTheCommitIsRolledBack() {
        Mono<String> last = value("select 'ada'").doOnTerminate(() -> ctx.cancel(why));

        assertThatThrownBy(() -> under(ctx, updateThen(last)))
                .isInstanceOf(CancelledException.class)
                .hasCause(why);
        assertThat(balance()).isEqualTo("100");
    }

    @Test
    void aTransactionIsCommittedIfTheContextGoesOn() {
        under(ctx, updateThen(value("select 'ada'")));

        assertThat(balance()).isEqualTo("0");
    }
}
