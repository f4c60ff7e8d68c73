package dev.ripcord.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// [FakeDatabase], [DrippingServer], [LeavingClient]: others that are slow, frozen or gone.
class FakesTest {

    @Nested
    class Databases {

        @Test
        void aSlowOneAnswersInTheEnd() throws SQLException {
            var clock = new ManualClock();
            var database = FakeDatabase.slow(clock, Duration.ofSeconds(2));
            try (var connection = database.getConnection();
                    var statement = connection.prepareStatement("select name from users")) {
                var query = Threads.PLATFORM.start(() -> {
                    try (var rows = statement.executeQuery()) {
                        assertThat(rows.next()).isFalse();
                    }
                });
                database.awaitRunning(1);

                clock.advance(Duration.ofSeconds(1));
                assertThat(database.running()).isEqualTo(1);
                clock.advance(Duration.ofSeconds(1));

                query.join();
                assertThat(database.running()).isZero();
                assertThat(clock.timers()).isZero();
            }
        }

        @Test
        void aSlowOneWithTheJvmsClockTakesThatTime() throws SQLException {
            try (var connection = FakeDatabase.slow(Duration.ofMillis(2)).getConnection();
                    var statement = connection.createStatement()) {
                assertThat(statement.executeUpdate("delete from users")).isZero();
            }
        }

        @Test
        void aSlowOneHeedsCancels() throws SQLException {
            var database = FakeDatabase.slow(Duration.ofHours(1));
            try (var connection = database.getConnection();
                    var statement = connection.createStatement()) {
                var query = Threads.VIRTUAL.start(() -> statement.execute("select 1"));
                database.awaitRunning(1);

                statement.cancel();

                assertThatThrownBy(query::join)
                        .cause()
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("57014"));
                assertThat(database.cancels()).isEqualTo(1);
            }
        }

        @Test
        void aClosedConnectionRefusesAll() throws SQLException {
            var connection = FakeDatabase.frozen().getConnection();
            connection.close();

            assertThat(connection.isClosed()).isTrue();
            assertThatThrownBy(connection::createStatement)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08003"));
        }
    }

    @Nested
    class Http {

        @Test
        void aServerDripsToTheEnd() throws Exception {
            try (var server = DrippingServer.open("drip", Duration.ofMillis(1));
                    var http = HttpClient.newHttpClient()) {
                var answer = http.send(HttpRequest.newBuilder(server.uri()).build(), BodyHandlers.ofString());

                assertThat(answer.body()).isEqualTo("drip");
                RealTime.await("answered", () -> server.answered() == 1);
                assertThat(server.abandoned()).isZero();
            }
        }

        @Test
        void aClientCanLeaveOrReset() {
            try (var server = DrippingServer.open("a long story", Duration.ofHours(1))) {
                LeavingClient.get(server.uri()).awaitAnswer().leave();
                server.awaitAbandoned(1);
                LeavingClient.get(server.uri()).awaitAnswer().reset();
                server.awaitAbandoned(2);
            }
        }

        @Test
        void aClientNeedsAServer() throws IOException {
            int port;
            try (ServerSocket closed = new ServerSocket(0)) {
                port = closed.getLocalPort();
            }

            assertThatThrownBy(() -> LeavingClient.get(URI.create("http://127.0.0.1:" + port)))
                    .isInstanceOf(UncheckedIOException.class);
        }
    }
}
