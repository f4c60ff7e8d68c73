package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.Context;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The code that the documentation shows of transactions, and what the database makes of it. On PostgreSQL.
class TransactionsExampleTest {

    private final DataSource pool = Postgres.plain();

    // @start region="transfer"
    private final Transactions transfers =
            Transactions.of(pool).withIsolation(Isolation.SERIALIZABLE).withAttempts(5);

    void transfer(Context ctx, int from, int to, int amount) throws SQLException {
        transfers.run(ctx, tx -> {
            try (var update = tx.connection().prepareStatement("update purse set coins = coins + ? where id = ?")) {
                update.setInt(1, -amount);
                update.setInt(2, from);
                update.executeUpdate();
                update.setInt(1, amount);
                update.setInt(2, to);
                update.executeUpdate();
            }
        });
    }
    // @end

    // @start region="nested"
    void collect(Context ctx, int into, int amount) throws SQLException {
        Transactions.of(pool).run(ctx, tx -> {
            add(tx, into, amount);
            try {
                tx.run(part -> add(part, into, -2 * amount)); // undone, for no purse may be below zero
            } catch (SQLException e) {
                add(tx, into, 1);
            }
        });
    }
    // @end

    private static void add(Transaction tx, int id, int amount) throws SQLException {
        try (Statement update = tx.connection().createStatement()) {
            update.executeUpdate("update purse set coins = coins + " + amount + " where id = " + id);
        }
    }

    @BeforeEach
    void thereAreTwoPurses() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                drop table if exists purse;
                create table purse (id int primary key, coins int check (coins >= 0));
                insert into purse values (1, 100), (2, 0)""");
        }
    }

    private int coins(int id) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select coins from purse where id = " + id)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @Test
    void bothHalvesAreCommitted() throws SQLException {
        transfer(Context.background(), 1, 2, 30);

        assertThat(coins(1)).isEqualTo(70);
        assertThat(coins(2)).isEqualTo(30);
    }

    @Test
    void orNeitherIs() throws SQLException {
        assertThatThrownBy(() -> transfer(Context.background(), 1, 2, 130)).isInstanceOf(SQLException.class);

        assertThat(coins(1)).isEqualTo(100);
        assertThat(coins(2)).isZero();
    }

    @Test
    void aPartIsUndoneByItself() throws SQLException {
        collect(Context.background(), 1, 200);

        assertThat(coins(1)).isEqualTo(301);
    }

    @Test
    void aSerializationFailureIsTriedAgain() throws SQLException {
        AtomicInteger attempts = new AtomicInteger();
        transfers.run(Context.background(), tx -> {
            tx.connection().createStatement().execute("select coins from purse"); // takes the snapshot
            if (attempts.incrementAndGet() == 1) {
                transfer(Context.background(), 1, 2, 30);
            }
            add(tx, 1, 1);
        });

        assertThat(attempts).hasValue(2);
        assertThat(coins(1)).isEqualTo(71);
    }

    @Test
    void aFailureThatTheTaskSwallowsIsNotCommitted() throws SQLException {
        assertThatThrownBy(() -> Transactions.of(pool).run(Context.background(), tx -> {
                    add(tx, 1, 1);
                    assertThatThrownBy(() -> add(tx, 1, -1_000)).isInstanceOf(SQLException.class);
                }))
                .hasMessage("rolled back instead of committed: a statement had failed; let its exception end the task,"
                        + " or run it as a part");

        assertThat(coins(1)).isEqualTo(100);
    }
}
