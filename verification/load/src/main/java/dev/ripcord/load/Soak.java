package dev.ripcord.load;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/// Clients that stay, wait, send bodies, pipeline, and leave, for a long time: each that stays gets every byte of its
/// answers in order, and nothing is left of those that have left.
final class Soak {

    private static final int CLIENTS = 48;

    /// What a client does next.
    private enum Act {
        STAY,
        WAIT,
        PIPELINE,
        SEND,
        LEAVE
    }

    private final Child server;
    private final long until;
    private final long seed;
    private final Map<Act, LongAdder> done = new EnumMap<>(Act.class);

    private Soak(Child server, Duration time, long seed) {
        this.server = server;
        this.until = System.nanoTime() + time.toNanos();
        this.seed = seed;
        for (Act act : Act.values()) {
            done.put(act, new LongAdder());
        }
    }

    /// A row of the table.
    ///
    /// @throws IOException if a client got anything but its answers, or something is left
    static String measure(Kind kind, Duration time) throws IOException, InterruptedException {
        long seed = System.nanoTime();
        System.out.printf("  %s, seed %d%n", kind, seed);
        try (Child server = Child.start(kind, true)) {
            new Soak(server, Duration.ofSeconds(5), seed).run();
            Child.Stats before = settled(server);
            Soak soak = new Soak(server, time, seed + 1);
            soak.run();
            Child.Stats after = settled(server);
            if (after.running() > 0
                    || after.objects() > before.objects() + 100
                    || after.files() > before.files() + 20
                    || after.threads() > before.threads() + 20) {
                throw new IOException("left behind, before and after: " + before + ", " + after);
            }
            return String.format(
                    Locale.ROOT,
                    "| %s | %d s | %,d | %,d | %,d | %,d | %,d | %+d | %+d | %+d |",
                    kind.title,
                    time.toSeconds(),
                    soak.done(Act.STAY),
                    soak.done(Act.WAIT),
                    soak.done(Act.PIPELINE),
                    soak.done(Act.SEND),
                    soak.done(Act.LEAVE),
                    after.objects() - before.objects(),
                    after.files() - before.files(),
                    after.threads() - before.threads());
        }
    }

    private long done(Act act) {
        return requireNonNull(done.get(act)).sum();
    }

    private void run() throws IOException, InterruptedException {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletionService<Boolean> running = new ExecutorCompletionService<>(clients);
            for (int client = 0; client < CLIENTS; client++) {
                SplittableRandom random = new SplittableRandom(seed + client);
                running.submit(() -> {
                    act(random);
                    return true;
                });
            }
            for (int client = 0; client < CLIENTS; client++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            throw new IOException(
                    "a client that stayed was not served, seed %d, the server's threads: %s"
                            .formatted(seed, server.dump()),
                    e.getCause());
        }
    }

    private void act(SplittableRandom random) throws IOException, InterruptedException {
        Client client = new Client(server.connect());
        Act last = Act.STAY;
        try {
            while (System.nanoTime() < until) {
                Act act = Act.values()[random.nextInt(Act.values().length)];
                last = act;
                switch (act) {
                    case STAY -> exchange(client, "/fast", "ok");
                    case WAIT -> {
                        int millis = random.nextInt(80);
                        exchange(client, "/work?" + millis, "after " + millis);
                    }
                    case PIPELINE -> pipeline(client, random.nextInt(40), random.nextInt(40));
                    case SEND -> send(client, random);
                    case LEAVE -> {
                        leave(client, random);
                        client = new Client(server.connect());
                    }
                }
                requireNonNull(done.get(act)).increment();
            }
        } catch (IOException e) {
            throw new IOException("while it was to " + last, e);
        } finally {
            client.close();
        }
    }

    private static void exchange(Client client, String path, String answer) throws IOException {
        client.get(path);
        expect(client, answer);
    }

    private static void pipeline(Client client, int first, int second) throws IOException {
        String both = Client.request("/work?" + first) + Client.request("/work?" + second);
        client.send(both.getBytes(StandardCharsets.US_ASCII));
        expect(client, "after " + first);
        expect(client, "after " + second);
    }

    private static void send(Client client, SplittableRandom random) throws IOException {
        byte[] body = new byte[1 + random.nextInt(20_000)];
        random.nextBytes(body);
        client.send(("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        client.send(body);
        expect(client, new String(body, StandardCharsets.ISO_8859_1));
    }

    private static void leave(Client client, SplittableRandom random) throws IOException, InterruptedException {
        client.get("/slow?0");
        Thread.sleep(random.nextInt(60));
        if (random.nextBoolean()) {
            client.reset();
        } else {
            client.close();
        }
    }

    private static void expect(Client client, String answer) throws IOException {
        String received = client.receive();
        if (!received.equals(answer)) {
            throw new IOException("expected %d characters, '%.60s', and got %d, '%.60s'"
                    .formatted(answer.length(), answer, received.length(), received));
        }
    }

    /// What the server has once its last clients' leaving has been noticed.
    private static Child.Stats settled(Child server) throws IOException, InterruptedException {
        Child.Stats stats = server.stats();
        for (int tries = 0; tries < 100 && stats.running() > 0; tries++) {
            Thread.sleep(100);
            stats = server.stats();
        }
        Thread.sleep(2_000); // connections that were closed, threads that wait for more
        return server.stats();
    }
}
