package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [Context#value] and [Context#withValue].
class ValuesTest {

    private static final Key<String> USER = Key.of("user", String.class);
    private static final Key<String> TENANT = Key.of("tenant", String.class);
    private static final Key<Integer> ATTEMPT = Key.of("attempt", Integer.class);

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    @Test
    void eachLayerSeesItsOwnAndThoseBelowIt() {
        Context one = root.withValue(USER, "ada");
        Context two = one.withValue(TENANT, "north");
        Context three = two.withValue(ATTEMPT, 3);

        assertThat(root.value(USER)).isNull();
        assertThat(one.value(USER)).isEqualTo("ada");
        assertThat(one.value(TENANT)).isNull();
        assertThat(two.value(USER)).isEqualTo("ada");
        assertThat(two.value(TENANT)).isEqualTo("north");
        assertThat(three.value(USER)).isEqualTo("ada");
        assertThat(three.value(ATTEMPT)).isEqualTo(3);
    }

    @Test
    void theInnermostValueCountsAndTheOuterContextKeepsItsOwn() {
        Context outer = root.withValue(USER, "ada");
        Context inner = outer.withValue(USER, "bob");

        assertThat(inner.value(USER)).isEqualTo("bob");
        assertThat(outer.value(USER)).isEqualTo("ada");
    }

    @Test
    void r10ANullValueIsAllowedAndHidesTheOuterOne() {
        Context hidden = root.withValue(USER, "ada").withValue(USER, null);

        assertThat(hidden.value(USER)).isNull();
        assertThat(hidden.withCancel().value(USER)).isNull();
    }

    @Test
    void r10ValuesSurviveEveryEndAndDetachment() {
        var scope = root.withValue(USER, "ada").withTimeout(Duration.ofSeconds(1));
        Context below = scope.withValue(TENANT, "north");

        clock.advance(Duration.ofSeconds(1));

        assertThat(below).isOutOfTime();
        assertThat(below.value(USER)).isEqualTo("ada");
        assertThat(below.value(TENANT)).isEqualTo("north");
        assertThat(below.withoutCancel().value(TENANT)).isEqualTo("north");
        assertThat(below.withoutCancel().withValue(USER, "bob").value(USER)).isEqualTo("bob");
    }

    @Test
    void aValueLayerEndsWithItsScopeAndCannotEndIt() {
        var scope = root.withCancel();
        Context layer = scope.withValue(USER, "ada");
        assertThat(layer).isLive().isNotInstanceOf(CancellableContext.class);

        scope.cancel();

        assertThat(layer).isCancelled();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 6, 8, 9, 16, 17, 100, 10_000})
    void everyValueOfADeepContextIsFoundAndNoOther(int depth) {
        List<Key<Integer>> keys = new ArrayList<>();
        Context leaf = root;
        for (int i = 0; i < depth; i++) {
            keys.add(Key.of("key" + i));
            leaf = leaf.withValue(keys.get(i), i);
        }

        for (int i = 0; i < depth; i++) {
            assertThat(leaf.value(keys.get(i))).isEqualTo(i);
        }
        assertThat(leaf.value(USER)).isNull();
        assertThat(leaf.withCancel().value(keys.get(0))).isZero();
    }

    /// Against a map for each layer.
    @Test
    void randomLayersAnswerAsAMapDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<Key<Integer>> keys = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(40); i++) {
                keys.add(Key.of("key" + i));
            }
            Map<Key<Integer>, Integer> expected = new HashMap<>();
            Context leaf = root;
            for (int i = 0; i < random.nextInt(80); i++) {
                Key<Integer> key = keys.get(random.nextInt(keys.size()));
                Integer value = random.nextInt(5) == 0 ? null : i;
                leaf = random.nextInt(5) == 0 ? leaf.withCancel() : leaf;
                leaf = leaf.withValue(key, value);
                expected.put(key, value);
                for (Key<Integer> asked : random.nextInt(10) == 0 ? keys : List.of(key)) {
                    assertThat(leaf.value(asked)).as("%s, seed %d", asked, seed).isEqualTo(expected.get(asked));
                }
            }
            for (Key<Integer> asked : keys) {
                assertThat(leaf.value(asked)).as("%s, seed %d", asked, seed).isEqualTo(expected.get(asked));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDeepLookupByManyThreadsAtOnceIsTheSameForAll(Threads threads) {
        Key<Integer> wanted = Key.of("wanted");
        for (int round = 0; round < 100; round++) {
            Context leaf = root.withValue(wanted, round);
            for (int i = 0; i < 20; i++) {
                leaf = leaf.withValue(ATTEMPT, i);
            }
            Context deep = leaf;
            int expected = round;
            Gate start = new Gate(3);
            List<Threads.Job> jobs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                jobs.add(threads.start(() -> {
                    start.open();
                    start.await();
                    assertThat(deep.value(wanted)).isEqualTo(expected);
                    assertThat(deep.value(USER)).isNull();
                }));
            }
            jobs.forEach(Threads.Job::join);
        }
    }
}
