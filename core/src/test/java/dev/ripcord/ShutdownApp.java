package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// What [ShutdownTest] runs as a process of its own and tells to stop. It says what it does, line by line.
final class ShutdownApp {

    private static final Duration HOUR = Duration.ofHours(1);

    private ShutdownApp() {}

    public static void main(String[] args) throws Exception {
        Duration grace = Duration.parse(args[1]);
        switch (args[0]) {
            case "finishes" -> finishes(grace);
            case "serves" -> serve(grace, new Server(grace));
            case "neverCloses" -> neverCloses(grace);
            case "exitsInside" -> exitsInside(grace);
            case "exitsElsewhere" -> exitsElsewhere(grace);
            case "endsByItself" -> endsByItself(grace);
            case "opensTwo" -> opensTwo(grace);
            case "opensLate" -> opensLate(grace);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private static String end(Context ctx) {
        return ctx.err().map(Throwable::getMessage).orElse("live");
    }

    private static void finishes(Duration grace) throws InterruptedException {
        try (var shutdown = Shutdown.open(grace)) {
            try {
                say("ready");
                shutdown.draining().done().await();
                say("draining: " + end(shutdown.draining()));
                say("work: " + end(shutdown.context()));
            } finally {
                say("finally");
            }
        }
    }

    // @start region="serve"
    static void serve(Duration grace, Server server) throws InterruptedException {
        try (var shutdown = Shutdown.open(grace)) {
            server.start(shutdown.context()); // what it works at ends with that, after the grace
            shutdown.draining().done().await(); // until SIGTERM, Ctrl-C or System.exit
            server.stop(); // takes no more work, and waits for what it works at
        }
    }
    // @end

    /// Works until its context ends.
    static final class Server {

        private final Duration grace;
        private @Nullable Thread worker;

        Server(Duration grace) {
            this.grace = grace;
        }

        void start(Context ctx) {
            worker = Thread.startVirtualThread(() -> {
                try {
                    ctx.done().await();
                    say("work: " + end(ctx));
                } catch (InterruptedException e) {
                    say("interrupted");
                }
            });
            say("ready");
        }

        void stop() throws InterruptedException {
            long start = System.nanoTime();
            say("stopping");
            requireNonNull(worker).join();
            boolean early = System.nanoTime() - start < grace.toNanos() / 2;
            say(early ? "before the grace was over" : "after the grace");
        }
    }

    private static void neverCloses(Duration grace) throws InterruptedException {
        var shutdown = Shutdown.open(grace, Duration.ofMillis(100));
        say("ready");
        shutdown.context().done().await();
        say("work: " + end(shutdown.context()));
        new CountDownLatch(1).await();
    }

    @SuppressWarnings("SystemExitOutsideMain")
    private static void exitsInside(Duration grace) {
        try (var shutdown = Shutdown.open(grace)) {
            Context work = shutdown.context();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    work.done().await();
                    say("work: " + end(work));
                } catch (InterruptedException e) {
                    say("interrupted");
                }
            }));
            System.exit(3);
        }
    }

    @SuppressWarnings("SystemExitOutsideMain")
    private static void exitsElsewhere(Duration grace) throws InterruptedException {
        try (var shutdown = Shutdown.open(grace)) {
            Thread.ofPlatform().start(() -> System.exit(4));
            shutdown.draining().done().await();
            say("draining: " + end(shutdown.draining()));
        }
    }

    private static void endsByItself(Duration grace) {
        Context draining;
        try (var shutdown = Shutdown.open(grace)) {
            draining = shutdown.draining();
            say("work: " + end(shutdown.context()));
        }
        say("draining: " + end(draining));
    }

    private static void opensTwo(Duration grace) throws InterruptedException {
        try (var inner = Shutdown.open(grace)) {
            try (var outer = Shutdown.open(HOUR)) {
                say("ready");
                inner.context().done().await();
                say("inner work: " + end(inner.context()));
                say("outer work: " + end(outer.context()));
            }
            say("outer is closed");
        }
    }

    private static void opensLate(Duration grace) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try (var late = Shutdown.open(grace)) {
                late.draining().done().await();
                say("draining: " + end(late.draining()));
            } catch (InterruptedException e) {
                say("interrupted");
            }
        }));
    }
}
