package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.jdbc.spi.ConnectionControl;
import dev.ripcord.jdbc.spi.DriverSupport;
import dev.ripcord.testkit.Gate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// How another driver is taught, as the documentation shows it; a service of these tests.
public class DriverSupportExampleTest {

    /// A driver with a way of its own to stop what runs.
    public interface AcmeConnection extends Connection {

        void stopQuery();

        void closeSocket();
    }

    // @start region="support"
    public static final class AcmeSupport implements DriverSupport {

        @Override
        public Optional<ConnectionControl> control(Connection connection) throws SQLException {
            return connection.isWrapperFor(AcmeConnection.class)
                    ? Optional.of(new AcmeControl(connection.unwrap(AcmeConnection.class)))
                    : Optional.empty();
        }
    }

    record AcmeControl(AcmeConnection acme) implements ConnectionControl {

        @Override
        public void cancel(Call call) {
            acme.stopQuery(); // can be called again and again, and returns when the server knows
        }

        @Override
        public void cutOff() {
            acme.closeSocket(); // returns at once, even if the server is frozen
        }

        @Override
        public AfterCancel afterCancel() {
            return AfterCancel.REUSE;
        }
    }
    // @end

    private final FakeDriver driver = new FakeDriver(AcmeConnection.class);
    private final CancellableContext ctx = Context.background().withCancel();
    private final Gate stopped = new Gate();

    private Connection connect(Duration grace) throws SQLException {
        return ContextDataSource.of(driver.source()).withGrace(grace).getConnection(ctx);
    }

    private void runUntilStopped() throws SQLException {
        ctx.cancel();
        stopped.await();
        throw new SQLException("stopped");
    }

    @Test
    void itsWayIsTakenAndItsConnectionReused() throws SQLException {
        driver.on("execute", this::runUntilStopped).on("stopQuery", stopped::open);
        Connection connection = connect(Duration.ofSeconds(60));

        assertThatThrownBy(() -> connection.createStatement().execute("work"))
                .isInstanceOf(SQLCancelledException.class);
        connection.close();

        assertThat(driver.calls).contains("stopQuery", "close").doesNotContain("cancel", "abort", "closeSocket");
    }

    @Test
    void itsConnectionIsCutOffInItsWay() throws SQLException {
        driver.on("execute", this::runUntilStopped).on("closeSocket", stopped::open);
        Connection connection = connect(Duration.ofMillis(50));

        assertThatThrownBy(() -> connection.createStatement().execute("work"))
                .isInstanceOf(SQLCancelledException.class);

        assertThat(driver.calls).containsSubsequence("stopQuery", "closeSocket").doesNotContain("abort");
    }
}
