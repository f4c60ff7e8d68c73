package dev.ripcord.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import javax.sql.DataSource;

/// HikariCP, which within half a second hands a connection out again without a look at it, closed or not.
final class Hikari {

    private static final boolean PRESENT = isPresent();

    private Hikari() {}

    /// Has `pool` forget `connection`, if it is a HikariCP. Other pools look.
    static void evict(DataSource pool, Connection connection) {
        if (PRESENT && pool instanceof HikariDataSource hikari) {
            hikari.evictConnection(connection);
        }
    }

    private static boolean isPresent() {
        try {
            Class.forName("com.zaxxer.hikari.HikariDataSource", false, Hikari.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
