package dev.ripcord.frameworks;

import dev.ripcord.testkit.RealTime;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.jdbc.core.JdbcTemplate;

/// The PostgreSQL of the tests: the one that `RIPCORD_TEST_POSTGRES` names by its JDBC URL, else one that is started;
/// its process ends with the JVM's.
final class Postgres {

    static final String URL = namedOrStarted();

    /// A query that takes half a minute, and tells itself from others on a shared server.
    static final String SLOW = "select 'slow' from pg_sleep(30) /* ripcord-test-"
            + ProcessHandle.current().pid() + " */";

    private Postgres() {}

    private static String namedOrStarted() {
        String named = System.getenv("RIPCORD_TEST_POSTGRES");
        if (named != null) {
            return named;
        }
        try {
            return EmbeddedPostgres.start().getJdbcUrl("postgres", "postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until `count` sessions run the slow query, at most 10 s.
    static void awaitRunning(JdbcTemplate admin, int count) {
        RealTime.await(count + " run", () -> running(admin) == count);
    }

    private static int running(JdbcTemplate admin) {
        return admin.query(
                        "select 1 from pg_stat_activity where state = 'active' and query like ?",
                        (row, index) -> index,
                        SLOW + "%")
                .size();
    }
}
