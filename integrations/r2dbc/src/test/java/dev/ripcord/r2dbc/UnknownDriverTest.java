package dev.ripcord.r2dbc;

import static dev.ripcord.r2dbc.Database.query;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ValidationDepth;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/// A driver that [Drivers] does not know: PostgreSQL's, whose connections hide what they are.
class UnknownDriverTest {

    private static final Duration GUARD = Duration.ofSeconds(10);

    private final ConnectionFactory postgres = Database.POSTGRESQL.factory();

    @Test
    void aConnectionIsClosedIfItsStatementCannotBeStopped() {
        var ctx = Context.background().withCancel();
        Connection connection = requireNonNull(
                ContextConnectionFactory.of(new Hiding(postgres)).create(ctx).block(GUARD));
        var slow = query(connection, "select pg_sleep(2)").doOnSubscribe(begun -> Threads.PLATFORM.start(ctx::cancel));

        assertThatThrownBy(() -> slow.blockLast(GUARD)).isInstanceOf(CancelledException.class);

        Mono.from(connection.close()).block(GUARD);
        assertThat(Mono.from(connection.validate(ValidationDepth.LOCAL)).block(GUARD))
                .isFalse();
    }

    @Test
    void aConnectionThatIsIdleAtTheEndIsKept() {
        var ctx = Context.background().withCancel();
        Connection connection = requireNonNull(
                ContextConnectionFactory.of(new Hiding(postgres)).create(ctx).block(GUARD));

        ctx.cancel();

        assertThat(Mono.from(connection.validate(ValidationDepth.REMOTE)).block(GUARD))
                .isTrue();
        Mono.from(connection.close()).block(GUARD);
    }

    private record Hiding(ConnectionFactory factory) implements ConnectionFactory {

        @Override
        public Mono<Connection> create() {
            return Mono.from(factory.create()).map(connection -> (Connection) Proxy.newProxyInstance(
                    Connection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (proxy, method, arguments) -> method.invoke(connection, arguments)));
        }

        @Override
        public ConnectionFactoryMetadata getMetadata() {
            return factory.getMetadata();
        }
    }
}
