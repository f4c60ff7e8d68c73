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
    WHEEL("Netty `HashedWheelTimer`");

    final String title;

    Peer(String title) {
        this.title = title;
    }

    /// As methods and commands call it.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Peer of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
