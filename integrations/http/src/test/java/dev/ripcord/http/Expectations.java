package dev.ripcord.http;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;

/// What an adapter promises of every scenario: its column of the contract.
public final class Expectations {

    private final Map<Scenario, Expectation> byScenario = new EnumMap<>(Scenario.class);

    private Expectations() {}

    /// What Go's server does, which is the least that an adapter should: blind where a close hides behind bytes that
    /// nobody has read.
    public static Expectations likeGo() {
        Expectations expectations = new Expectations();
        for (Scenario scenario : Scenario.values()) {
            expectations.byScenario.put(scenario, scenario.asInGo);
        }
        return expectations;
    }

    /// With another expectation for some scenarios.
    public Expectations with(Expectation expectation, Scenario... scenarios) {
        for (Scenario scenario : scenarios) {
            byScenario.put(scenario, expectation);
        }
        return this;
    }

    /// Without what the server does not have.
    ///
    /// @param transport such as HTTP/2
    public Expectations without(Transport transport) {
        byScenario.replaceAll(
                (scenario, expectation) -> scenario.transport == transport ? new Expectation.Absent() : expectation);
        return this;
    }

    Expectation of(Scenario scenario) {
        return requireNonNull(byScenario.get(scenario));
    }
}
