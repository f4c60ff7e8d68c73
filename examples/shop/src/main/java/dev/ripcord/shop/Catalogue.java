package dev.ripcord.shop;

import dev.ripcord.Context;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/// The shop's data, made up: products, and one order for every ten of them, in the schema `ripcord_shop`.
final class Catalogue {

    private static final String[] KINDS = {
        "anchor",
        "backpack",
        "binoculars",
        "blanket",
        "boots",
        "bottle",
        "canopy",
        "carabiner",
        "compass",
        "cooker",
        "gloves",
        "hammock",
        "harness",
        "headlamp",
        "helmet",
        "jacket",
        "kettle",
        "knife",
        "lantern",
        "map",
        "mattress",
        "parachute",
        "poles",
        "pulley",
        "rope",
        "saw",
        "sleeping bag",
        "stove",
        "tent",
        "thermos",
        "torch",
        "whistle"
    };
    private static final String[] MATERIALS = {
        "aluminium",
        "bamboo",
        "canvas",
        "carbon",
        "ceramic",
        "copper",
        "cork",
        "cotton",
        "down",
        "felt",
        "fleece",
        "leather",
        "linen",
        "merino",
        "nylon",
        "oak",
        "silk",
        "steel",
        "titanium",
        "wool"
    };
    private static final String[] QUALITIES = {
        "alpine",
        "arctic",
        "blue",
        "classic",
        "compact",
        "desert",
        "feather",
        "folding",
        "green",
        "heavy",
        "island",
        "light",
        "lunar",
        "night",
        "northern",
        "orange",
        "quick",
        "quiet",
        "rapid",
        "red",
        "river",
        "small",
        "solid",
        "southern",
        "spare",
        "storm",
        "summer",
        "tidal",
        "twin",
        "white",
        "winter",
        "yellow"
    };
    private static final String[] USES = {
        "for long days in the hills", "for nights below zero", "for those who carry everything themselves",
        "for boats and beaches", "for guides and rescue teams", "for the first trip and the hundredth",
        "for rain that does not end", "for children who outrun you"
    };

    private static final int ROWS_PER_WRITE = 5_000;

    private Catalogue() {}

    /// Has the database hold `products` products; if it already does, it is left alone.
    ///
    /// All or nothing: it is one transaction, rolled back if `ctx` ends.
    ///
    /// @param progress is told how many products have been sent
    /// @return whether they had to be loaded
    @SuppressWarnings("ContextDroppedCall") // it asks ctx between its writes
    static boolean load(Context ctx, DataSource database, long products, LongConsumer progress) throws SQLException {
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(false);
            // two shops that start on one database load it one after the other
            execute(connection, "select pg_advisory_xact_lock(hashtext('ripcord_shop'))");
            if (count(connection) == products) {
                return false;
            }
            execute(connection, """
                    drop schema if exists ripcord_shop cascade;
                    create schema ripcord_shop;
                    create table ripcord_shop.product (
                        id bigint not null, name text not null, description text not null,
                        price_cents bigint not null, stock integer not null);
                    create table ripcord_shop.orders (
                        id bigint primary key, product_id bigint not null, user_id bigint not null,
                        quantity integer not null)""");
            copy(ctx, connection, products, progress);
            execute(connection, """
                    alter table ripcord_shop.product add primary key (id);
                    insert into ripcord_shop.orders
                        select id, 1 + id * 7919 %% %1$s, 1 + id * 31 %% %2$s, 1 + id %% 5
                        from generate_series(1, greatest(1, %1$s / 10)) id;
                    analyze ripcord_shop.product""".formatted(products, UsersApi.USERS));
            ctx.throwIfDone();
            connection.commit();
            return true;
        }
    }

    private static void copy(Context ctx, Connection connection, long products, LongConsumer progress)
            throws SQLException {
        CopyIn copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("copy ripcord_shop.product (id, name, description, price_cents, stock) from stdin");
        try {
            StringBuilder rows = new StringBuilder();
            for (long id = 1; id <= products; id++) {
                row(rows, id);
                if (id % ROWS_PER_WRITE == 0 || id == products) {
                    ctx.throwIfDone();
                    byte[] bytes = rows.toString().getBytes(StandardCharsets.UTF_8);
                    copy.writeToCopy(bytes, 0, bytes.length);
                    rows.setLength(0);
                    progress.accept(id);
                }
            }
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    /// The product `id` in the text form of `copy`; the same one every time.
    private static void row(StringBuilder rows, long id) {
        SplittableRandom random = new SplittableRandom(id);
        String kind = KINDS[random.nextInt(KINDS.length)];
        String material = MATERIALS[random.nextInt(MATERIALS.length)];
        String quality = QUALITIES[random.nextInt(QUALITIES.length)];
        String use = USES[random.nextInt(USES.length)];
        rows.append(id).append('\t');
        rows.append(quality)
                .append(' ')
                .append(material)
                .append(' ')
                .append(kind)
                .append('\t');
        rows.append("aeiou".indexOf(quality.charAt(0)) < 0 ? "A " : "An ")
                .append(quality)
                .append(' ')
                .append(kind)
                .append(" of ")
                .append(material)
                .append(", ");
        rows.append(use).append('.').append('\t');
        rows.append(random.nextInt(100, 100_000)).append('\t');
        rows.append(random.nextInt(1_000)).append('\n');
    }

    private static long count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            try (var rows = statement.executeQuery("select to_regclass('ripcord_shop.product') is not null")) {
                if (!rows.next() || !rows.getBoolean(1)) {
                    return -1;
                }
            }
            try (var rows = statement.executeQuery("select count(*) from ripcord_shop.product")) {
                return rows.next() ? rows.getLong(1) : -1;
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
