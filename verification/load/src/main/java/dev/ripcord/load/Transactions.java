package dev.ripcord.load;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.ContextDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;

/// Transactions like those of pgbench, on PostgreSQL, from virtual threads that share a pool: over the pool's own
/// connections, and over those of a [ContextDataSource] with a deadline for each transaction, in turns.
final class Transactions implements AutoCloseable {

    private static final int THREADS = 64;
    private static final int CONNECTIONS = 8;
    private static final int ACCOUNTS = 100_000;
    private static final Duration BUDGET = Duration.ofSeconds(30);

    private final HikariDataSource pool;
    private final ContextDataSource contexts;
    private long done;

    private Transactions(HikariDataSource pool) {
        this.pool = pool;
        this.contexts = ContextDataSource.of(pool);
    }

    /// Two rows of the table.
    static List<String> measure(int rounds, int seconds) throws IOException, InterruptedException {
        Logger.getLogger("").setLevel(Level.WARNING); // neither the server nor the pool is to tell of its start
        String named = System.getenv("RIPCORD_TEST_POSTGRES");
        List<Throughput.Run> without = new ArrayList<>();
        List<Throughput.Run> with = new ArrayList<>();
        try (EmbeddedPostgres started = named == null ? EmbeddedPostgres.start() : null;
                Transactions transactions =
                        new Transactions(pool(started == null ? named : started.getJdbcUrl("postgres", "postgres")))) {
            transactions.makeTables();
            transactions.run(false, seconds);
            transactions.run(true, seconds);
            for (int round = 0; round < rounds; round++) {
                boolean first = round % 2 == 0; // so that what grows, as tables do, hits both alike
                (first ? with : without).add(transactions.run(first, seconds));
                (first ? without : with).add(transactions.run(!first, seconds));
                System.out.printf("  PostgreSQL, round %d of %d%n", round + 1, rounds);
            }
            transactions.check();
        } catch (SQLException | ExecutionException e) {
            throw new IOException("a transaction failed", e);
        }
        return List.of(Throughput.row("PostgreSQL", "without", without), Throughput.row("PostgreSQL", "with", with));
    }

    private static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(config);
    }

    private void makeTables() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists ripcord_account, ripcord_history");
            statement.execute("create table ripcord_account (id int primary key, balance bigint not null)");
            statement.execute("create table ripcord_history (account int, amount int, at timestamptz default now())");
            statement.execute(
                    "insert into ripcord_account select i, 0 from generate_series(0, %d) i".formatted(ACCOUNTS - 1));
            statement.execute("vacuum analyze ripcord_account");
        }
    }

    private Throughput.Run run(boolean withContexts, int seconds) throws InterruptedException, ExecutionException {
        long start = System.nanoTime();
        long end = start + Duration.ofSeconds(seconds).toNanos();
        List<Callable<LongStream>> clients = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            clients.add(() -> client(withContexts, random, end));
        }
        LongStream nanos = LongStream.empty();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<LongStream> client : threads.invokeAll(clients)) {
                nanos = LongStream.concat(nanos, client.get());
            }
        }
        double took = (System.nanoTime() - start) / 1e9;
        long[] sorted = nanos.sorted().toArray();
        done += sorted.length;
        return new Throughput.Run(sorted.length / took, sorted[sorted.length * 99 / 100] / 1e6);
    }

    /// Makes transactions until `end`.
    ///
    /// @return how long each took
    private LongStream client(boolean withContexts, SplittableRandom random, long end) throws SQLException {
        LongStream.Builder nanos = LongStream.builder();
        for (long start = System.nanoTime(); start - end < 0; ) {
            int account = random.nextInt(ACCOUNTS);
            int amount = random.nextInt(-5000, 5001);
            if (withContexts) {
                try (CancellableContext ctx = Context.background().withTimeout(BUDGET);
                        Connection connection = contexts.getConnection(ctx)) {
                    transaction(connection, account, amount);
                }
            } else {
                try (Connection connection = pool.getConnection()) {
                    transaction(connection, account, amount);
                }
            }
            long now = System.nanoTime();
            nanos.add(now - start);
            start = now;
        }
        return nanos.build();
    }

    private static void transaction(Connection connection, int account, int amount) throws SQLException {
        connection.setAutoCommit(false);
        try (var update =
                connection.prepareStatement("update ripcord_account set balance = balance + ? where id = ?")) {
            update.setInt(1, amount);
            update.setInt(2, account);
            update.executeUpdate();
        }
        try (var select = connection.prepareStatement("select balance from ripcord_account where id = ?")) {
            select.setInt(1, account);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                rows.getLong(1);
            }
        }
        try (var insert = connection.prepareStatement("insert into ripcord_history (account, amount) values (?, ?)")) {
            insert.setInt(1, account);
            insert.setInt(2, amount);
            insert.executeUpdate();
        }
        connection.commit();
    }

    /// Each transaction is there as a whole, once, and no connection is missing.
    private void check() throws SQLException, IOException {
        String sql = "select count(*), sum(amount), (select sum(balance) from ripcord_account) from ripcord_history";
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            int lent = pool.getHikariPoolMXBean().getActiveConnections();
            if (rows.getLong(1) != done || rows.getLong(2) != rows.getLong(3) || lent != 1) {
                throw new IOException("%d of %d transactions are there, sums %d and %d, %d connections lent"
                        .formatted(rows.getLong(1), done, rows.getLong(2), rows.getLong(3), lent));
            }
            statement.execute("drop table ripcord_account, ripcord_history");
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
