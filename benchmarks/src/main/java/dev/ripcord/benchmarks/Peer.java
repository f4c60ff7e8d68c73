package dev.ripcord.benchmarks;

import java.util.Locale;

/// Who is measured: a column.
enum Peer {
    RIPCORD("Ripcord"),
    GO("Go"),
    GRPC("grpc-java"),
    KOTLIN("Kotlin `Job`"),
    FUTURE("`CompletableFuture`"),
    POOL("`ScheduledThreadPoolExecutor`"),
    WHEEL("Netty `HashedWheelTimer`"),
    DRIVER("the driver"),
    HIKARI("HikariCP"),
    LISTENERS("datasource-proxy"),
    REFLECTION("`reflect.Proxy`");

    final String title;

    Peer(String title) {
        this.title = title;
    }

    /// Whether Ripcord goes around it, so that it can never win against it.
    boolean isWrapped() {
        return this == DRIVER || this == HIKARI;
    }

    /// As methods and commands call it.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Peer of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
