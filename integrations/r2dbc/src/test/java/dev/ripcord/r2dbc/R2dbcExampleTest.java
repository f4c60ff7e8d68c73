package dev.ripcord.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/// The code that the documentation shows.
class R2dbcExampleTest {

    private static final Duration GUARD = Duration.ofSeconds(10);

    private final ContextConnectionFactory database = ContextConnectionFactory.of(Database.POSTGRESQL.factory());

    // @start region="query"
    Flux<String> names(Context ctx, String sql) {
        return Flux.usingWhen(
                database.create(ctx), // when ctx ends, the database stops the statement
                connection -> Flux.from(connection.createStatement(sql).execute())
                        .flatMap(result -> result.map(row -> row.get("name", String.class))),
                Connection::close);
    }
    // @end

    // @start region="ambient"
    Flux<String> namesOfRequest(Context ctx, String sql) {
        return Flux.usingWhen(
                        database.create(), // as whatever takes a ConnectionFactory calls it
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(result -> result.map(row -> row.get("name", String.class))),
                        Connection::close)
                .contextWrite(view -> view.put(Context.class, ctx));
    }
    // @end

    @Test
    void theNamesAreGiven() {
        String sql = "select 'ada' as name";

        assertThat(names(Context.background(), sql).blockLast(GUARD)).isEqualTo("ada");
        assertThat(namesOfRequest(Context.background(), sql).blockLast(GUARD)).isEqualTo("ada");
    }

    @Test
    void aQueryThatTakesTooLongEndsWithItsDeadline() {
        try (var call = Context.background().withTimeout(Duration.ofMillis(200), "names")) {
            assertThatThrownBy(() -> names(call, "select 'ada' as name from pg_sleep(30)")
                            .blockLast(GUARD))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: names 200ms, ");
        }
    }

    @Test
    void aQueryOfARequestThatHasEndedIsNotSent() {
        var request = Context.background().withCancel();
        request.cancel();

        assertThatThrownBy(() -> namesOfRequest(request, "select 1").blockLast(GUARD))
                .isInstanceOf(CancelledException.class);
    }
}
