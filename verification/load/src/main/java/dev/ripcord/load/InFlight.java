package dev.ripcord.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Many slow requests at the same time: what they take, and how soon it is noticed that their clients have left.
final class InFlight {

    private static final int IDLE_SECONDS = 8;
    private static final int LEAVING = 200;

    private InFlight() {}

    /// @param cpuMillis what the server used while nothing happened
    private record Taken(long heap, long cpuMillis) {}

    /// A row of the table.
    static String measure(Kind kind, int requests) throws IOException, InterruptedException {
        Taken bare;
        try (Child server = Child.start(kind, false)) {
            long before = warm(server, requests);
            List<Client> clients = ask(server, requests);
            bare = taken(server, before);
            server.release();
            close(clients);
        }
        try (Child server = Child.start(kind, true)) {
            long before = warm(server, requests);
            List<Client> clients = ask(server, requests);
            Taken adapted = taken(server, before);
            List<Long> noticed = leaveOneByOne(server, clients.subList(0, LEAVING));
            long all = leaveAtOnce(server, clients.subList(LEAVING, clients.size()));
            return String.format(
                    Locale.ROOT,
                    "| %s | %,d | %,d | %d | %d | %.2f | %.2f | %.2f | %d |",
                    kind.title,
                    bare.heap / requests,
                    adapted.heap / requests,
                    bare.cpuMillis,
                    adapted.cpuMillis,
                    noticed.get(LEAVING / 2) / 1e6,
                    noticed.get(LEAVING * 99 / 100) / 1e6,
                    noticed.getLast() / 1e6,
                    all / 1_000_000);
        }
    }

    /// Has the server do it once before, so that what it keeps for later does not count.
    private static long warm(Child server, int requests) throws IOException, InterruptedException {
        List<Client> clients = ask(server, requests);
        server.release();
        close(clients);
        awaitRunning(server, 0);
        server.ended();
        return server.stats().heap();
    }

    private static List<Client> ask(Child server, int requests) throws IOException, InterruptedException {
        List<Client> clients = new ArrayList<>();
        for (int id = 0; id < requests; id++) {
            Client client = new Client(server.connect());
            client.get("/slow?" + id);
            clients.add(client);
        }
        awaitRunning(server, requests);
        return clients;
    }

    private static void awaitRunning(Child server, int requests) throws IOException, InterruptedException {
        for (int tries = 0; server.stats().running() != requests; tries++) {
            if (tries == 300) {
                throw new IOException("requests that run are not " + requests + " but " + server.stats());
            }
            Thread.sleep(100);
        }
    }

    private static Taken taken(Child server, long before) throws IOException, InterruptedException {
        Thread.sleep(1_000); // whatever the server does after a request has come
        long heap = server.stats().heap();
        long cpu = server.cpuNanos();
        Thread.sleep(IDLE_SECONDS * 1_000L);
        return new Taken(heap - before, (server.cpuNanos() - cpu) / 1_000_000);
    }

    private static List<Long> leaveOneByOne(Child server, List<Client> clients)
            throws IOException, InterruptedException {
        long[] left = new long[clients.size()];
        for (int id = 0; id < clients.size(); id++) {
            left[id] = System.nanoTime();
            clients.get(id).close();
            Thread.sleep(5);
        }
        Map<String, Long> ended = awaitEnded(server, clients.size());
        return ended.entrySet().stream()
                .map(end -> end.getValue() - left[Integer.parseInt(end.getKey())])
                .sorted()
                .toList();
    }

    /// From the first client's leaving until the last one's was noticed, in nanoseconds
    private static long leaveAtOnce(Child server, List<Client> clients) throws IOException, InterruptedException {
        long start = System.nanoTime();
        close(clients);
        return awaitEnded(server, clients.size()).values().stream()
                        .max(Comparator.naturalOrder())
                        .orElseThrow()
                - start;
    }

    private static Map<String, Long> awaitEnded(Child server, int requests) throws IOException, InterruptedException {
        Map<String, Long> ended = new HashMap<>();
        for (int tries = 0; ended.size() < requests; tries++) {
            if (tries == 300) {
                throw new IOException("noticed are " + ended.size() + " of " + requests + " clients that have left");
            }
            Thread.sleep(100);
            ended.putAll(server.ended());
        }
        return ended;
    }

    private static void close(List<Client> clients) throws IOException {
        for (Client client : clients) {
            client.close();
        }
    }
}
