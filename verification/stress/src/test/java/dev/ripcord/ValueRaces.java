package dev.ripcord;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// Values and contexts that one thread makes and another sees without any synchronization.
public class ValueRaces {

    private static final Key<String> FIRST = Key.of("first", String.class);
    private static final Key<String> LAST = Key.of("last", String.class);
    private static final Key<String> ABSENT = Key.of("absent", String.class);

    private ValueRaces() {}

    /// Ten layers: more than a lookup compares before it makes or asks a table.
    private static Context layers(Context top) {
        Context context = top.withValue(FIRST, "a");
        for (int i = 0; i < 8; i++) {
            context = context.withValue(Key.of("between", Integer.class), i);
        }
        return context.withValue(LAST, "z");
    }

    @JCStressTest
    @Outcome(
            id = "a null z, a null z",
            expect = ACCEPTABLE,
            desc = "R3: both lookups answer right, whoever made the table")
    @Outcome(expect = FORBIDDEN, desc = "R3: a table is seen whole or not at all")
    @State
    public static class LookupLookup {

        private final Context context = layers(Context.background());

        @Actor
        public void one(LL_Result r) {
            r.r1 = context.value(FIRST) + " " + context.value(ABSENT) + " " + context.value(LAST);
        }

        @Actor
        public void other(LL_Result r) {
            r.r2 = context.value(FIRST) + " " + context.value(ABSENT) + " " + context.value(LAST);
        }
    }

    @JCStressTest
    @Outcome(id = "none, none", expect = ACCEPTABLE, desc = "not seen yet")
    @Outcome(id = "a, z", expect = ACCEPTABLE, desc = "a context is whole, however it was handed over")
    @Outcome(expect = FORBIDDEN, desc = "a context's fields are final: a data race shows it whole")
    @State
    public static class PublishByRace {

        private @Nullable Context shared;

        @Actor
        public void make() {
            shared = layers(Context.background());
        }

        @Actor
        public void use(LL_Result r) {
            Context seen = shared;
            r.r1 = seen == null ? "none" : String.valueOf(seen.value(FIRST));
            r.r2 = seen == null ? "none" : String.valueOf(seen.value(LAST));
        }
    }

    @JCStressTest
    @Outcome(id = "none, none, none", expect = ACCEPTABLE, desc = "not seen yet")
    @Outcome(id = "true, true, cancelled", expect = ACCEPTABLE, desc = "a scope works, however it was handed over")
    @Outcome(expect = FORBIDDEN, desc = "a scope's fields are final: a data race shows it whole")
    @State
    public static class PublishScopeByRace {

        private final CancellableContext parent = Context.background().withCancel();
        private @Nullable CancellableContext shared;

        @Actor
        public void make() {
            shared = parent.withTimeout(Duration.ofHours(1)).withCancel();
        }

        @Actor
        public void use(LLL_Result r) {
            CancellableContext seen = shared;
            r.r1 = seen == null ? "none" : seen.deadline().isPresent();
            r.r2 = seen == null ? "none" : seen.afterFunc(() -> {}).stop();
            r.r3 = "none";
            if (seen != null) {
                seen.close();
                r.r3 = Race.end(seen);
            }
        }
    }
}
