package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every adapter to an HTTP server promises of clients that leave, and of those that stay: all [Scenario]s, on a
/// real server, by a client that writes its bytes by hand.
///
/// An adapter has a subclass. Where it handles requests in several ways, that is a `@ParameterizedClass` with the way
/// as a `@Parameter` in a field. At the end it prints its rows of the tables in `docs/8-disconnects.md`, and adds them
/// to `target/disconnects.md`. `-Drounds=20` performs each scenario as often; the figures are the medians.
@TestInstance(Lifecycle.PER_CLASS)
public abstract class DisconnectContractTest {

    /// How long a context stays alive whose client has left unseen. Seen it would end in a tenth of that.
    private static final Duration UNSEEN = Duration.ofMillis(150);

    private static final int ROUNDS = Integer.getInteger("rounds", 1);

    private final Exchanges exchanges = new Exchanges();
    private final Map<Transport, ContractServer> servers = new EnumMap<>(Transport.class);
    private final Map<Scenario, String> results = new EnumMap<>(Scenario.class);

    /// The title of those servers and results: of all parameters of a class there is but one instance.
    private @Nullable String title;

    /// The adapter and how it handles requests, such as `Tomcat, sync, virtual threads`.
    protected abstract String title();

    /// Starts a server whose handler calls [Exchanges#handle] for every request of its path, on a thread that may
    /// block.
    protected abstract ContractServer start(Transport transport, Exchanges exchanges) throws Exception;

    /// What is expected of each scenario.
    protected abstract Expectations expectations();

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void overHttp1(Scenario scenario) throws Exception {
        perform(scenario);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void overTls(Scenario scenario) throws Exception {
        perform(scenario);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void overHttp2(Scenario scenario) throws Exception {
        perform(scenario);
    }

    Stream<Scenario> overHttp1() {
        return scenarios(Transport.HTTP1);
    }

    Stream<Scenario> overTls() {
        return scenarios(Transport.TLS);
    }

    Stream<Scenario> overHttp2() {
        return scenarios(Transport.HTTP2);
    }

    private Stream<Scenario> scenarios(Transport transport) {
        Expectations expectations = expectations();
        return Stream.of(Scenario.values())
                .filter(scenario -> scenario.transport == transport)
                .filter(scenario -> !(expectations.of(scenario) instanceof Expectation.Absent));
    }

    @AfterAll
    void stop() throws Exception {
        for (ContractServer server : servers.values()) {
            server.close();
        }
        if (title != null) {
            report(title);
        }
        servers.clear();
        results.clear();
    }

    private void perform(Scenario scenario) throws Exception {
        if (!title().equals(title)) {
            stop();
            title = title();
        }
        ContractServer server = servers.get(scenario.transport);
        if (server == null) {
            server = start(scenario.transport, exchanges);
            servers.put(scenario.transport, server);
            warmUp(server, scenario.transport);
        }
        Expectation expectation = expectations().of(scenario);
        List<Double> millis = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (Act act = new Act(exchanges, server, scenario.transport, expectation)) {
                perform(act, scenario, expectation, millis);
                ContractServer idle = server;
                Await.until("no running requests", () -> idle.running() == 0);
            }
        }
        results.put(scenario, result(expectation, millis));
    }

    /// So that no scenario measures the loading of classes.
    private void warmUp(ContractServer server, Transport transport) throws Exception {
        Scenario leave = switch (transport) {
            case HTTP1 -> Scenario.CLOSE_AT_ONCE;
            case TLS -> Scenario.TLS_CLOSE_NOTIFY;
            case HTTP2 -> Scenario.RST_STREAM;
        };
        Expectation expectation = expectations().of(leave);
        if (!(expectation instanceof Expectation.Absent)) {
            try (Act act = new Act(exchanges, server, transport, expectation)) {
                perform(act, leave, expectation, new ArrayList<>());
            }
        }
    }

    private static void perform(Act act, Scenario scenario, Expectation expectation, List<Double> millis)
            throws Exception {
        switch (expectation) {
            case Expectation.Seen seen -> performSeen(act, scenario, seen, millis);
            case Expectation.Blind blind -> performUnseen(act, scenario);
            case Expectation.Undisturbed undisturbed -> performControl(act, scenario);
            case Expectation.Absent absent -> throw new IllegalArgumentException(scenario + " is absent");
        }
    }

    private static void performSeen(Act act, Scenario scenario, Expectation.Seen seen, List<Double> millis)
            throws Exception {
        Scenario.Rest leaving = scenario.begin(act);
        if (scenario == Scenario.POST_CUT_SHORT) {
            act.exchange.awaitContext();
        } else {
            act.exchange.awaitEntered();
            if (scenario != Scenario.CLOSE_AT_ONCE) {
                act.awaitWatched(1);
            }
        }
        long leftNanos = System.nanoTime();
        leaving.perform();
        Throwable cause = act.exchange.awaitCause();
        millis.add(act.exchange.millisSince(leftNanos));
        assertThat(cause).isExactlyInstanceOf(seen.cause());
        if (cause instanceof StreamResetException reset) {
            assertThat(reset.errorCode()).isEqualTo(seen.code());
        }
    }

    private static void performUnseen(Act act, Scenario scenario) throws Exception {
        Scenario.Rest leaving = scenario.begin(act);
        act.exchange.awaitEntered();
        leaving.perform();
        assertThat(act.exchange.endsWithin(UNSEEN)).as("ended").isFalse();
        act.exchange.finish();
        act.exchange.awaitCause();
    }

    private static void performControl(Act act, Scenario scenario) throws Exception {
        Scenario.Rest answer = scenario.begin(act);
        act.exchange.awaitEntered();
        assertThat(act.exchange.awaitContext().done().isDone()).as("ended").isFalse();
        answer.perform();
        assertThat(act.exchange.awaitCause()).isExactlyInstanceOf(HandlerFinishedException.class);
    }

    private static String result(Expectation expectation, List<Double> millis) {
        return switch (expectation) {
            case Expectation.Seen seen -> {
                millis.sort(null);
                yield String.format(Locale.ROOT, "%.1f", millis.get(millis.size() / 2));
            }
            case Expectation.Blind blind -> "blind";
            case Expectation.Undisturbed undisturbed -> "ok";
            case Expectation.Absent absent -> "–";
        };
    }

    private void report(String title) throws IOException {
        StringBuilder report = new StringBuilder();
        for (Transport transport : servers.keySet()) {
            StringBuilder head = new StringBuilder("| " + transport.title + " |");
            StringBuilder rule = new StringBuilder("|---|");
            StringBuilder row = new StringBuilder("| " + title + " |");
            for (Scenario scenario : Scenario.values()) {
                if (scenario.transport == transport) {
                    head.append(' ').append(scenario.title).append(" |");
                    rule.append("---|");
                    row.append(' ').append(results.getOrDefault(scenario, "–")).append(" |");
                }
            }
            report.append(head)
                    .append('\n')
                    .append(rule)
                    .append('\n')
                    .append(row)
                    .append("\n\n");
        }
        System.out.print(report);
        Path file = Path.of("target", "disconnects.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, report, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
