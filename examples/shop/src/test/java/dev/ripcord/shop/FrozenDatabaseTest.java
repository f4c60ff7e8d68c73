package dev.ripcord.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A database that stops answering in the middle of a statement: `kill -STOP` on the process that runs it.
@ExtendWith(RunningShop.Resolver.class)
class FrozenDatabaseTest {

    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final RunningShop shop;

    FrozenDatabaseTest(RunningShop.Shops shops) {
        shop = shops.on(Server.TOMCAT);
    }

    @Test
    void freesTheCallerAfterDeadlineAndGraceAndGetsItsPoolBack() throws Exception {
        assumeTrue(System.getenv("RIPCORD_TEST_POSTGRES") == null, "stops only a database that it has started itself");
        shop.get("/search?q=a&work=1ms");
        long asked = System.nanoTime();
        CompletableFuture<HttpResponse<String>> answer = shop.getAsync("/search?q=a&work=30s&timeout=1s", "frozen");
        RunningShop.await("the statement to run", () -> shop.runs("frozen"));
        long backend = shop.backendOf("frozen");

        signal("STOP", backend);
        try {
            Problem problem = Json.read(answer.join().body(), Problem.class);
            Duration took = Duration.ofNanos(System.nanoTime() - asked);

            assertThat(problem.status()).isEqualTo(504);
            assertThat(problem.message()).isEqualTo("request budget of 1s exceeded");
            System.out.println("measured: database frozen, timeout=1s answered after " + took.toMillis() + " ms");
            assertThat(took).isBetween(DEADLINE, DEADLINE.plus(GRACE).plusSeconds(3));
            assertThat(shop.get("/products/17").statusCode()).isEqualTo(200);
        } finally {
            signal("CONT", backend);
        }

        RunningShop.await("the pool to be whole", Duration.ofSeconds(60), () -> {
            Statements.Activity activity = shop.active();
            return activity.statements().isEmpty() && activity.busyConnections() == 0 && activity.connections() == 16;
        });
        assertThat(shop.get("/search?q=rope").statusCode()).isEqualTo(200);
    }

    private static void signal(String name, long process) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, String.valueOf(process))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(code).isZero();
    }
}
