package dev.ripcord.shop;

import com.zaxxer.hikari.HikariDataSource;
import dev.ripcord.Context;
import dev.ripcord.httpclient.ContextHttpClient;
import dev.ripcord.jdbc.ContextDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// The shop put together: database, catalogue, users API and the shop's own service.
final class Shop implements AutoCloseable {

    private static final int CONNECTIONS = 16;
    private static final int CONNECTIONS_TO_WATCH = 2;

    private final Options options;
    private final Consumer<String> console;

    /// What has been opened, the last one first.
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private final Web users;
    private final Web web;

    /// Starts everything, or nothing.
    ///
    /// @param ctx ends the start, not the shop
    /// @param console is told what happens, line by line
    /// @throws StartException if an option cannot be fulfilled
    static Shop start(Context ctx, Options options, Consumer<String> console) throws SQLException {
        return new Shop(ctx, options, console);
    }

    private Shop(Context ctx, Options options, Consumer<String> console) throws SQLException {
        this.options = options;
        this.console = console;
        try {
            checkPort("--port", options.port);
            checkPort("--users-port", options.usersPort);
            Database database = open(database());
            HikariDataSource pool = open(database.pool("ripcord-shop", CONNECTIONS));
            HikariDataSource watching = open(database.pool(Statements.APPLICATION, CONNECTIONS_TO_WATCH));
            load(ctx, pool);
            users = open(startUsers());
            web = open(startWeb(ContextDataSource.of(pool), new Statements(ContextDataSource.of(watching), pool)));
            ctx.throwIfDone();
        } catch (SQLException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Where the shop answers.
    URI uri() {
        return web.uri();
    }

    /// Where the users API answers.
    URI usersUri() {
        return users.uri();
    }

    /// Drains, cancels what is left, and stops all that was started, the last one first.
    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                console.accept("while stopping: " + e);
            }
        }
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.push(resource);
        return resource;
    }

    private Database database() {
        String url = options.database;
        if (url != null) {
            return Database.at(url);
        }
        console.accept("starting an embedded PostgreSQL ...");
        return Database.embedded();
    }

    private void load(Context ctx, HikariDataSource database) throws SQLException {
        long start = System.nanoTime();
        long products = options.products;
        boolean loaded = Catalogue.load(ctx, database, products, done -> {
            if (done % 50_000 == 0 && done < products) {
                console.accept("  %s of %s products".formatted(grouped(done), grouped(products)));
            }
        });
        console.accept("%s %s products in %s"
                .formatted(
                        loaded ? "loaded" : "found",
                        grouped(products),
                        Durations.text(Duration.ofNanos(System.nanoTime() - start))));
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private Web startUsers() {
        UsersApi api = new UsersApi(options.usersLatency);
        RequestLog log = new RequestLog("users");
        Handler routes = new Router(
                Map.of(
                        "/users/*", Middleware.around(api::user, log::add),
                        "/active", Middleware.around(api::active, Middleware.Endings.UNTOLD)),
                Middleware.around(Page.NONE, log::add));
        return Web.start("users API", options.server, "--users-port", options.usersPort, routes, Duration.ZERO);
    }

    private Web startWeb(ContextDataSource database, Statements statements) {
        HttpClient http = open(HttpClient.newBuilder()
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build());
        RequestLog log = new RequestLog("shop");
        UserClient userClient = new UserClient(ContextHttpClient.of(http), users.uri());
        ProductService products = new ProductService(new ProductRepository(database));
        OrderService orders = new OrderService(new OrderRepository(database), products, userClient);
        Handlers handlers = new Handlers(products, orders, userClient, statements, log);
        Handler routes = new Router(
                Map.of(
                        "/products/*", Middleware.around(handlers::product, log::add),
                        "/search", Middleware.around(handlers::search, log::add),
                        "/users/*", Middleware.around(handlers::user, log::add),
                        "/orders/*", Middleware.around(handlers::order, log::add),
                        "/active", Middleware.around(handlers::active, Middleware.Endings.UNTOLD),
                        "/log", Middleware.around(handlers::log, Middleware.Endings.UNTOLD)),
                Middleware.around(Page::handle, Middleware.Endings.UNTOLD));
        return Web.start("shop", options.server, "--port", options.port, routes, options.drain);
    }

    /// Says that a port is taken before the database is started, not after.
    private static void checkPort(String option, int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            socket.getLocalPort();
        } catch (IOException e) {
            throw new StartException(Web.taken(option, port), e);
        }
    }
}
