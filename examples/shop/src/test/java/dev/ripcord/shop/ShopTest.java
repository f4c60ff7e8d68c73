package dev.ripcord.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(Server.class)
@ExtendWith(RunningShop.Resolver.class)
class ShopTest {

    private final RunningShop shop;

    ShopTest(Server server, RunningShop.Shops shops) {
        shop = shops.on(server);
    }

    @Nested
    class Answers {

        @Test
        void aProduct() throws Exception {
            HttpResponse<String> response = shop.get("/products/17");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
            assertThat(response.body()).isEqualTo("""
                    {
                      "id" : 17,
                      "name" : "desert ceramic anchor",
                      "description" : "A desert anchor of ceramic, for long days in the hills.",
                      "priceCents" : 79624,
                      "stock" : 435
                    }
                    """);
        }

        @Test
        void aSearchThatScansTheCatalogue() throws Exception {
            SearchResult rope = search("ROPE");
            SearchResult everything = search("a");
            SearchResult nothing = search("%25");

            assertThat(rope.found()).isBetween(20L, 200L);
            assertThat(rope.products())
                    .hasSize(20)
                    .allMatch(product -> product.name().contains("rope"));
            assertThat(everything.found()).isEqualTo(RunningShop.PRODUCTS);
            assertThat(nothing).isEqualTo(new SearchResult("%", 0, java.util.List.of()));
        }

        @Test
        void aStatementThatLastsAsLongAsIsAskedFor() throws Exception {
            long start = System.nanoTime();

            HttpResponse<String> response = shop.get("/search?q=rope&work=0.4s");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat((System.nanoTime() - start) / 1_000_000).isBetween(400L, 5_000L);
        }

        @Test
        void aUserOfTheServiceBehind() throws Exception {
            User user = Json.read(shop.get("/users/7").body(), User.class);

            assertThat(user).isEqualTo(new User(7, "Margaret Allen", "margaret.allen.7@example.org"));
        }

        @Test
        void anOrderWithItsProductAndItsUser() throws Exception {
            Order order = Json.read(shop.get("/orders/3").body(), Order.class);

            assertThat(order.id()).isEqualTo(3);
            assertThat(order.product().id()).isEqualTo(1 + 3 * 7919 % RunningShop.PRODUCTS);
            assertThat(order.user().id()).isEqualTo(1 + 3 * 31 % UsersApi.USERS);
        }

        @Test
        void itsPageFromTheJar() throws Exception {
            assertThat(shop.get("/").body()).contains("<title>Ripcord shop</title>");
            assertThat(shop.get("/shop.js").headers().firstValue("Content-Type"))
                    .contains("text/javascript;charset=utf-8");
            assertThat(shop.get("/shop.css").statusCode()).isEqualTo(200);
        }

        @Test
        void theTraceIdThatItWasGivenOrANewOne() throws Exception {
            assertThat(shop.get("/products/1", "X-Trace-Id", "given-1")
                            .headers()
                            .firstValue("X-Trace-Id"))
                    .contains("given-1");
            assertThat(shop.get("/products/1", "X-Trace-Id", "*/ drop table")
                            .headers()
                            .firstValue("X-Trace-Id"))
                    .hasValueSatisfying(id -> assertThat(id).matches("[0-9a-f]{8}"));
        }

        private SearchResult search(String query) throws Exception {
            return Json.read(shop.get("/search?q=" + query).body(), SearchResult.class);
        }
    }

    @Nested
    class Refuses {

        @Test
        void aProductThatDoesNotExist() throws Exception {
            HttpResponse<String> response = shop.get("/products/999999", "X-Trace-Id", "t-404");

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo("""
                    {
                      "status" : 404,
                      "error" : "not found",
                      "message" : "no product 999999",
                      "traceId" : "t-404"
                    }
                    """);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                /users/70000 | no user 70000
                /orders/999  | no order 999
                /nothing     | no page /nothing
                /shop.java   | no page /shop.java
                """)
        void whatDoesNotExist(String path, String message) throws Exception {
            assertProblem(shop.get(path), 404, "not found", message);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                /products/abc                     | id is not a whole number: 'abc'
                /products/-1                      | id is not a whole number: '-1'
                /products/1/2                     | id is not a whole number: '1/2'
                /products/1234567890123456789     | id is not a whole number: '1234567890123456789'
                /orders/                          | id is not a whole number: ''
                /search                           | q is not a text of 1 to 100 characters: ''
                /search?q=%00                     | q is not a text of 1 to 100 characters: '\uFFFD'
                /search?q=a&work=%25s%25n         | work is not a duration such as 300ms or 2s: '%s%n'
                /search?q=a&work=%0D%0A12:00      | work is not a duration such as 300ms or 2s: '\uFFFD\uFFFD12:00'
                /search?q=a&work=abc              | work is not a duration such as 300ms or 2s: 'abc'
                /search?q=a&timeout=-1s           | timeout is not a duration such as 300ms or 2s: '-1s'
                /search?q=a&timeout=              | timeout is not a duration such as 300ms or 2s: ''
                /products/1?timeout=1e9s          | timeout is not a duration such as 300ms or 2s: '1e9s'
                /users/1?latency=1h               | latency is not a duration such as 300ms or 2s: '1h'
                """)
        void aValueThatIsWrongAndQuotesIt(String path, String message) throws Exception {
            assertProblem(shop.get(path), 400, "bad request", message);
        }

        @Test
        void toQuoteMoreThanALittle() throws Exception {
            HttpResponse<String> response = shop.get("/search?q=" + "a".repeat(1_500));

            assertProblem(
                    response, 400, "bad request", "q is not a text of 1 to 100 characters: '" + "a".repeat(60) + "…'");
        }

        @ParameterizedTest
        @ValueSource(strings = {"POST", "DELETE", "BREW"})
        void methodsThatChangeSomething(String method) throws Exception {
            var request =
                    HttpRequest.newBuilder(shop.uri().resolve("/products/1")).method(method, BodyPublishers.noBody());

            assertProblem(shop.send(request), 405, "method not allowed", "method is not GET or HEAD: '" + method + "'");
        }

        private static void assertProblem(HttpResponse<String> response, int status, String error, String message) {
            Problem problem = Json.read(response.body(), Problem.class);
            assertThat(problem).isEqualTo(new Problem(status, error, message, null, null, problem.traceId()));
            assertThat(response.statusCode()).isEqualTo(status);
        }
    }

    @Nested
    class OutOfTime {

        @Test
        void isAnsweredByTheDeadlineThatFired() throws Exception {
            shop.get("/search?q=a&work=1ms&timeout=5s");
            long start = System.nanoTime();

            HttpResponse<String> response = shop.get("/search?q=a&work=30s&timeout=300ms", "X-Trace-Id", "t-504");

            long millis = (System.nanoTime() - start) / 1_000_000;
            assertThat(response.statusCode()).isEqualTo(504);
            assertThat(response.body()).isEqualTo("""
                    {
                      "status" : 504,
                      "error" : "deadline exceeded",
                      "message" : "request budget of 300ms exceeded",
                      "deadline" : "request budget",
                      "budget" : "300ms",
                      "traceId" : "t-504"
                    }
                    """);
            assertThat(millis).isBetween(300L, 2_000L);
            System.out.println("measured: timeout=300ms answered after " + millis + " ms");
            assertThat(shop.logLine("t-504")).startsWith("ended by its deadline after ");
        }

        @Test
        void leavesNoStatementAndEveryConnectionUsable() throws Exception {
            for (int i = 0; i < 20; i++) {
                assertThat(shop.get("/search?q=a&work=30s&timeout=50ms", "X-Trace-Id", "t-pool")
                                .statusCode())
                        .isEqualTo(504);
                assertThat(shop.runs("t-pool")).isFalse();
                assertThat(shop.get("/products/17").body()).contains("\"desert ceramic anchor\"");
            }

            assertThat(shop.active().busyConnections()).isZero();
            assertThat(shop.active().connections()).isEqualTo(16);
        }

        @Test
        void namesTheDeadlineOfTheCallBehind() throws Exception {
            Problem problem = Json.read(shop.get("/users/7?latency=20s").body(), Problem.class);

            assertThat(problem.status()).isEqualTo(504);
            assertThat(problem.message()).isEqualTo("users API call of 5s exceeded");
            RunningShop.await("the users API to stop", () -> shop.usersRunning() == 0);
        }

        @Test
        void coversBothCallsOfAnOrder() throws Exception {
            Problem problem =
                    Json.read(shop.get("/orders/3?latency=20s&timeout=200ms").body(), Problem.class);

            assertThat(problem.message()).isEqualTo("request budget of 200ms exceeded");
            RunningShop.await("the users API to stop", () -> shop.usersRunning() == 0);
        }

        @ParameterizedTest
        @ValueSource(strings = {"999999999999999s", "300000000ms", "5m"})
        void isWhateverIsLongerThanFiveMinutesClampedToThem(String timeout) throws Exception {
            assertThat(shop.get("/products/1?timeout=" + timeout).statusCode()).isEqualTo(200);
            assertThat(Durations.parse(timeout, Params.LONGEST)).contains(Params.LONGEST);
        }

        @Test
        void isWhatHasNoTimeAtAll() throws Exception {
            assertThat(shop.get("/products/1?timeout=0ms").statusCode()).isEqualTo(504);
        }
    }
}
