package dev.ripcord;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.ripcord.Race.Cause;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A scope, its callbacks and its end are one linearizable object: whatever several threads register, stop, cancel and
/// ask, there is one order of these calls in which [Model] answers the same.
@Param(name = "slot", gen = IntGen.class, conf = "0:1")
public class ScopeLincheckTest {

    private static final int SCENARIOS = Integer.getInteger("stress.scenarios", 5);
    private static final int RUNS = 300;
    private static final int INTERLEAVINGS = 20;

    private final CancellableContext scope = Context.background().withCancel();
    private final AtomicReferenceArray<Registration> slots = new AtomicReferenceArray<>(2);
    private final Cause[] causes = {new Cause("0"), new Cause("1")};

    @Operation
    public void listen(@Param(name = "slot") int slot) {
        slots.set(slot, scope.afterFunc(() -> {}));
    }

    @Operation
    public boolean stop(@Param(name = "slot") int slot) {
        Registration registration = slots.get(slot);
        return registration != null && registration.stop();
    }

    @Operation
    public boolean cancel(@Param(name = "slot") int cause) {
        return scope.cancel(causes[cause]);
    }

    @Operation
    public String err() {
        return Race.end(scope);
    }

    @Operation
    public String childErr() {
        return Race.end(scope.withCancel());
    }

    /// What a scope does, one call at a time.
    public static final class Model {

        private final boolean[] waiting = new boolean[2];
        private String end = "live";

        public void listen(int slot) {
            waiting[slot] = true;
        }

        public boolean stop(int slot) {
            boolean prevented = waiting[slot] && end.equals("live");
            waiting[slot] = false;
            return prevented;
        }

        public boolean cancel(int cause) {
            boolean first = end.equals("live");
            end = first ? String.valueOf(cause) : end;
            return first;
        }

        public String err() {
            return end;
        }

        public String childErr() {
            return end;
        }
    }

    private static void check(Options<?, ?> options, int scenarios, int runs) {
        options.iterations(scenarios)
                .invocationsPerIteration(runs)
                .threads(2)
                .actorsPerThread(3)
                .sequentialSpecification(Model.class)
                .check(ScopeLincheckTest.class);
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void registeringStoppingAndCancellingIsLinearizable() {
        check(new StressOptions(), SCENARIOS, RUNS);
        Findings.add("ScopeLincheckTest: %d random scenarios, %d runs each".formatted(SCENARIOS, RUNS), "linearizable");
    }

    /// Slow, so that the full set alone asks for it.
    @Test
    @EnabledIfSystemProperty(named = "stress.interleaved", matches = "[1-9]\\d*")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void soItIsInInterleavingsThatAreChosen() {
        int scenarios = Integer.getInteger("stress.interleaved", 1);
        // It would wait for the virtual threads that start callbacks.
        ModelCheckingOptions options = new ModelCheckingOptions()
                .addGuarantee(
                        forClasses("dev.ripcord.Callback$Batch").allMethods().ignore());
        check(options, scenarios, INTERLEAVINGS);
        Findings.add(
                "ScopeLincheckTest: %d random scenarios, %d chosen interleavings each"
                        .formatted(scenarios, INTERLEAVINGS),
                "linearizable");
    }
}
